import CCurl
import Synchronization

/// One request on its way. Once added to the loop, the handle and the buffers belong to the loop's thread; before that, to
/// the task that made them.
final class Transfer: @unchecked Sendable {
    // `handle`, `headerList`, `head` and `body` are touched by one thread at a time, as above; the continuation is locked.
    let handle: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var headers: [(name: String, value: String)] = []
    private var headBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    private let bodyBytesMax: Int
    private let headBytesMax: Int
    private let continuation = Mutex<CheckedContinuation<HTTPClientResponse, any Error>?>(nil)

    /// Throws `HTTPClientError` when the request cannot be sent at all.
    init(_ request: HTTPClientRequest, _ configuration: HTTPClientConfiguration) throws {
        guard CurlLibrary.isReady, let handle = curl_easy_init() else {
            throw HTTPClientError(.failed, "curl_easy_init")
        }
        self.handle = handle
        bodyBytesMax = configuration.responseBytesMax
        headBytesMax = configuration.responseHeadBytesMax
        try apply(configuration)
        try apply(request, configuration)
        receive()
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
    }

    func begin(_ continuation: CheckedContinuation<HTTPClientResponse, any Error>) {
        self.continuation.withLock { $0 = continuation }
    }

    /// Ends the wait; the first result counts.
    func finish(_ result: Result<HTTPClientResponse, HTTPClientError>) {
        let continuation = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(with: result.mapError { $0 })
    }

    /// The library is done with the handle.
    func finish(_ code: CURLcode) {
        guard code != CURLE_OK else {
            let status = HTTPStatus(rawValue: takeup_curl_response_code(handle))
            return finish(.success(HTTPClientResponse(status: status, headers: headers, body: body)))
        }
        let words = String(cString: curl_easy_strerror(code))
        finish(.failure(HTTPClientError(isTooLarge ? .tooLarge : HTTPClientError.Code(code), words)))
    }

    /// From so many bytes on libcurl asks before it sends (`Expect: 100-continue`).
    private static let announcedBytesMin = 1_024 * 1_024
    /// How long it waits to be told, before it sends all the same.
    private static let announcementWait: Duration = .seconds(10)

    private func apply(_ configuration: HTTPClientConfiguration) throws {
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.milliseconds)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_PROTOCOLS_STR, configuration.allowsPlainHTTP ? "http,https" : "https")
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        // An empty proxy also keeps libcurl from looking in the environment.
        try set(CURLOPT_PROXY, configuration.proxy ?? "")
        try setPEM(CURLOPT_CAINFO_BLOB, configuration.authorities)
        try setPEM(CURLOPT_SSLCERT_BLOB, configuration.certificate)
        try setPEM(CURLOPT_SSLKEY_BLOB, configuration.key)
        _ = takeup_curl_set_size(
            handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(configuration.responseBytesMax))
    }

    private func apply(_ request: HTTPClientRequest, _ configuration: HTTPClientConfiguration) throws {
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw HTTPClientError(.invalidURL)
        }
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_TIMEOUT_MS, (request.timeout ?? configuration.requestTimeout).milliseconds)
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte),
                value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 })
            else { throw HTTPClientError(.invalidHeader, name) }
            // "Name;" is how libcurl is told to send a header without a value.
            headerList = curl_slist_append(headerList, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        // A large body is announced first: a server that refuses it closes, and its answer could be lost to who still sends.
        // With a small one waiting for 100-continue only costs time.
        if request.body.count < Self.announcedBytesMin { headerList = curl_slist_append(headerList, "Expect:") }
        try set(CURLOPT_EXPECT_100_TIMEOUT_MS, Self.announcementWait.milliseconds)
        _ = takeup_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headerList)
        if request.method == .head {
            try set(CURLOPT_NOBODY, 1)
        } else if !request.body.isEmpty || request.method.announcesBody {
            _ = takeup_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            request.body.withUnsafeBytes { bytes in
                _ = takeup_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            }
            if request.body.isEmpty { try set(CURLOPT_POST, 1) }
        }
        if request.method != .head { try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    }

    private func receive() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = takeup_curl_set_pointer(handle, CURLOPT_PRIVATE, context)
        _ = takeup_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = takeup_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = takeup_curl_set_bytes_callback(handle, CURLOPT_WRITEFUNCTION) {
            bytes, size, count, context in
            Transfer.take(bytes, size * count, context) { $0.takeBody($1) }
        }
        _ = takeup_curl_set_bytes_callback(handle, CURLOPT_HEADERFUNCTION) {
            bytes, size, count, context in
            Transfer.take(bytes, size * count, context) { $0.takeHeader($1) }
        }
    }

    /// Zero ends the transfer, which is what a refusal is; an empty piece is none.
    private static func take(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ body: (Transfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        return body(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= bodyBytesMax else {
            isTooLarge = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headBytes += bytes.count
        guard headBytes <= headBytesMax else {
            isTooLarge = true
            return false
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            // An interim answer (100, 103) came before: only the last head counts.
            headers = []
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let blanks: Set<Character> = [" ", "\t", "\r", "\n", "\r\n"]
            var value = line[line.utf8.index(after: colon)...]
            while let first = value.first, blanks.contains(first) { value.removeFirst() }
            while let last = value.last, blanks.contains(last) { value.removeLast() }
            headers.append((String(line[..<colon]), String(value)))
        }
        return true
    }

    private func set(_ option: CURLoption, _ value: Int) throws {
        let code = takeup_curl_set_long(handle, option, value)
        guard code == CURLE_OK else {
            throw HTTPClientError(.failed, String(cString: curl_easy_strerror(code)))
        }
    }

    private func set(_ option: CURLoption, _ value: String) throws {
        let code = takeup_curl_set_string(handle, option, value)
        guard code == CURLE_OK else {
            throw HTTPClientError(.failed, String(cString: curl_easy_strerror(code)))
        }
    }

    private func setPEM(_ option: CURLoption, _ text: String?) throws {
        guard var text else { return }
        let code = text.withUTF8 { bytes in
            bytes.baseAddress.map { takeup_curl_set_blob(handle, option, $0, bytes.count) } ?? CURLE_OK
        }
        guard code == CURLE_OK else {
            throw HTTPClientError(.invalidCertificate, String(cString: curl_easy_strerror(code)))
        }
    }
}

extension HTTPClientError.Code {
    init(_ code: CURLcode) {
        self =
            switch code {
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidURL
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
                .cannotConnect
            case CURLE_OPERATION_TIMEDOUT: .timeout
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE:
                .tls
            case CURLE_SSL_CERTPROBLEM: .invalidCertificate
            case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
                .connectionLost
            default: .failed
            }
    }
}

/// libcurl's process-wide state, made once.
enum CurlLibrary {
    static let isReady = takeup_curl_global_init() == CURLE_OK
}

extension Duration {
    /// Whole milliseconds, at least one: zero would mean "no time-out" to libcurl.
    fileprivate var milliseconds: Int {
        max(1, Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000))
    }
}
