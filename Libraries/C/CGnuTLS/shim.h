#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/// What a client's certificate says, and whether it was issued for client use by an authority the session trusts.
typedef struct {
    bool presented;
    bool trusted;
    char subject[512];
    uint8_t sha256[32];
} takeup_tls_peer;

/// The handshake succeeds with an untrusted client certificate, so the check is made here, on the session.
static inline void takeup_tls_inspect_peer(void *_Nonnull session_pointer, takeup_tls_peer *_Nonnull peer) {
    gnutls_session_t session = (gnutls_session_t)session_pointer;
    memset(peer, 0, sizeof *peer);
    unsigned int count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (!chain || count == 0) return;
    peer->presented = true;

    gnutls_typed_vdata_st purpose = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID,
        .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT,
        .size = sizeof(GNUTLS_KP_TLS_WWW_CLIENT) - 1,
    };
    unsigned int faults = ~0u;
    peer->trusted = gnutls_certificate_verify_peers(session, &purpose, 1, &faults) == 0 && faults == 0;

    gnutls_x509_crt_t certificate;
    if (gnutls_x509_crt_init(&certificate) < 0) { peer->trusted = false; return; }
    size_t digest_size = sizeof peer->sha256;
    gnutls_datum_t subject = {0};
    // dn3 without flags is the one that keeps the order of RFC 4514.
    if (gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) < 0
        || gnutls_x509_crt_get_dn3(certificate, &subject, 0) < 0 || subject.size >= sizeof peer->subject
        || gnutls_fingerprint(GNUTLS_DIG_SHA256, &chain[0], peer->sha256, &digest_size) < 0)
        peer->trusted = false;
    else
        memcpy(peer->subject, subject.data, subject.size);
    gnutls_free(subject.data);
    gnutls_x509_crt_deinit(certificate);
}
