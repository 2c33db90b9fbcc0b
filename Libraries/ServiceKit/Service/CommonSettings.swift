package import Telemetry

/// The settings that every service understands.
package enum CommonSettings {
    /// Where the database is. Without a user in it, each connection uses the role that fits its work.
    package static let databaseURL = Setting(
        "database.url", String.self, secret: true,
        "The service's database, postgresql://host/name. Without a user, the service's own roles are used.")
    /// The relay's connection, where it needs one of its own.
    package static let databaseRelayURL = Setting(
        "database.relay-url", default: "", secret: true,
        "The database as the relay role, where database.url names a user.")
    /// The owner's connection, for migrations.
    package static let databaseOwnerURL = Setting(
        "database.owner-url", default: "", secret: true,
        "The database as the owner role, where database.url names a user.")
    /// A superuser's connection, for provisioning only.
    package static let databaseAdminURL = Setting(
        "database.admin-url", default: "", secret: true,
        "The database as a superuser; only 'migrate --provision' needs it.")
    /// Connections of the pool.
    package static let databaseConnections = Setting(
        "database.connections", default: 8, "How many connections to the database the service may hold, 1 to 64.")

    /// The cluster.
    package static let kafkaServers = Setting(
        "kafka.bootstrap-servers", String.self, alias: "KAFKA_BOOTSTRAP_SERVERS",
        "The Kafka cluster, host:port,host:port.")
    /// Whether the cluster is the embedded broker, which keeps little.
    package static let kafkaEmbedded = Setting(
        "kafka.embedded", default: false, "Whether the cluster is 'takeup broker', which keeps only little.")
    /// How clients and brokers prove who they are.
    package static let kafkaSecurity = Setting(
        "kafka.security", default: KafkaSecurityChoice.plaintext,
        "How to speak to Kafka: plaintext, tls (best with a certificate of the service's own), sasl-plain or sasl-scram-..., both in TLS."
    )
    /// Trusted authorities.
    package static let kafkaAuthorityFile = Setting(
        "kafka.tls.authority-file", default: "",
        "The certificates that vouch for brokers (PEM); empty for the system's.")
    /// Our certificate.
    package static let kafkaCertificateFile = Setting(
        "kafka.tls.certificate-file", default: "", "The service's own certificate (PEM); empty for none.")
    /// Its key.
    package static let kafkaKeyFile = Setting("kafka.tls.key-file", default: "", "The key of that certificate (PEM).")
    /// The key's password.
    package static let kafkaKeyPassword = Setting(
        "kafka.tls.key-password", default: "", secret: true, "The password of that key; empty for none.")
    /// SASL user.
    package static let kafkaUsername = Setting("kafka.username", default: "", "The user name for SASL.")
    /// SASL password.
    package static let kafkaPassword = Setting(
        "kafka.password", default: "", secret: true, "The password for SASL.")

    /// Where the service listens.
    package static let httpHost = Setting("http.host", default: "127.0.0.1", "The address to listen on.")
    /// Its certificate.
    package static let httpCertificateFile = Setting(
        "http.tls.certificate-file", default: "", "The certificate to serve HTTPS with (PEM); empty for plain HTTP.")
    /// Its key.
    package static let httpKeyFile = Setting("http.tls.key-file", default: "", "The key of that certificate (PEM).")
    /// Who vouches for clients.
    package static let httpClientAuthorityFile = Setting(
        "http.tls.client-authority-file", default: "",
        "The certificates that vouch for clients (PEM); empty to ask clients for none.")
    /// Whether clients must have one.
    package static let httpClientCertificateRequired = Setting(
        "http.tls.client-certificate-required", default: false,
        "Whether only clients with a certificate are served, health checks too.")

    /// Requests of an address.
    package static let httpAddressRate = Setting(
        "http.address-requests-per-second", default: 1_000,
        "How many requests a second one address may send, ten times as many at once after a pause; 0 for any number. Behind a proxy all have one."
    )
    /// Requests of a person or a machine.
    package static let httpPersonRate = Setting(
        "http.person-requests-per-second", default: 200,
        "How many requests a second whoever acts may send, ten times as many at once after a pause; 0 for any number.")

    /// The least level that is logged.
    package static let logLevel = Setting("log.level", default: Logger.Level.info, "The least level that is logged.")
    /// The collector.
    package static let tracesURL = Setting(
        "traces.otlp-url", default: "", "The OpenTelemetry collector, https://host:4318; empty for no traces.")

    /// What time it is said to be.
    package static let clockTime = Setting(
        "clock.time", default: "",
        "For demonstrations and rehearsals: the time at which a verb is said to act (RFC 3339). Signing in is not fooled."
    )

    /// The local identity.
    package static let identityFolder = Setting(
        "identity.folder", default: "", "The folder of the local identity ('takeup identity create'); empty for none.")
    /// An OpenID provider.
    package static let oidcIssuer = Setting(
        "identity.oidc.issuer", default: "",
        "The OpenID provider whose tokens are believed, exactly as in 'iss'; empty for none.")
    /// Its audience.
    package static let oidcAudience = Setting("identity.oidc.audience", default: "takeup", "What 'aud' must contain.")
    /// What a token must let its bearer do.
    package static let oidcScope = Setting(
        "identity.oidc.scope", default: "", "The scope that a person's token must have, and that pages ask for.")
    /// Its keys.
    package static let oidcKeysFile = Setting(
        "identity.oidc.keys-file", default: "",
        "The provider's key set (JWKS), as a file; empty to fetch what the provider publishes.")
    /// Who vouches for it.
    package static let oidcAuthorityFile = Setting(
        "identity.oidc.authority-file", default: "",
        "The certificates that vouch for the provider (PEM); empty for the system's.")
    /// As whom pages sign people in.
    package static let oidcClientID = Setting(
        "identity.oidc.client-id", default: "", "What the provider calls these pages; empty for pages without it.")
    /// Its secret.
    package static let oidcClientSecret = Setting(
        "identity.oidc.client-secret", default: "", secret: true,
        "The secret of that client, where the provider wants one.")
    /// Where people find the pages.
    package static let httpPublicURL = Setting(
        "http.public-url", default: "",
        "Where people find the pages, https://kpi.council.example; needed to sign in with a provider.")

    /// The council's keys.
    package static let keysFolder = Setting(
        "keys.folder", default: "",
        "The folder with the council's keys ('takeup keys create'); empty for none.")
    /// The database of people's keys.
    package static let keysURL = Setting(
        "keys.url", default: "", secret: true,
        "The database of people's keys, postgresql://host/name; apart from the data. Without a user, its own roles are used."
    )
    /// The keeper's connection to it.
    package static let keysKeeperURL = Setting(
        "keys.keeper-url", default: "", secret: true,
        "That database as the keeper role, where keys.url names a user; only erasing and wrapping again need it.")
    /// A superuser's connection to it.
    package static let keysAdminURL = Setting(
        "keys.admin-url", default: "", secret: true,
        "That database as a superuser; only 'takeup keys provision' needs it.")

    /// Who is signed in on this machine.
    package static let tokenFile = Setting(
        "identity.token-file", default: "", alias: "TAKEUP_TOKEN_FILE",
        "Where the token of who signed in is kept; empty for .takeup/token in the home folder.")

    /// All of them.
    package static let list: SettingList = {
        var list = SettingList()
        list.add(databaseURL)
        list.add(databaseRelayURL)
        list.add(databaseOwnerURL)
        list.add(databaseAdminURL)
        list.add(databaseConnections)
        list.add(kafkaServers)
        list.add(kafkaEmbedded)
        list.add(kafkaSecurity)
        list.add(kafkaAuthorityFile)
        list.add(kafkaCertificateFile)
        list.add(kafkaKeyFile)
        list.add(kafkaKeyPassword)
        list.add(kafkaUsername)
        list.add(kafkaPassword)
        list.passThrough(prefix: kafkaExtraPrefix)
        list.add(httpHost)
        list.add(httpCertificateFile)
        list.add(httpKeyFile)
        list.add(httpPublicURL)
        list.add(httpClientAuthorityFile)
        list.add(httpClientCertificateRequired)
        list.add(httpAddressRate)
        list.add(httpPersonRate)
        list.add(logLevel)
        list.add(clockTime)
        list.add(tracesURL)
        return list.adding(identity).adding(keys)
    }()

    /// Those that say who may act.
    package static let identity: SettingList = {
        var list = SettingList()
        list.add(identityFolder)
        list.add(oidcIssuer)
        list.add(oidcAudience)
        list.add(oidcScope)
        list.add(oidcKeysFile)
        list.add(oidcAuthorityFile)
        list.add(oidcClientID)
        list.add(oidcClientSecret)
        list.add(tokenFile)
        return list
    }()

    /// Those that say where keys are.
    package static let keys: SettingList = {
        var list = SettingList()
        list.add(keysFolder)
        list.add(keysURL)
        list.add(keysKeeperURL)
        list.add(keysAdminURL)
        return list
    }()

    /// Below it, properties of librdkafka pass through.
    package static let kafkaExtraPrefix = "kafka.extra."
}

/// How to speak to Kafka.
package enum KafkaSecurityChoice: String, CommandLineChoice, SettingValue {
    case plaintext, tls
    case saslPlain = "sasl-plain"
    case saslSCRAM256 = "sasl-scram-sha-256"
    case saslSCRAM512 = "sasl-scram-sha-512"
}
