/// Where a server tells what it refused and what failed.
struct ServerObserver: Sendable {
    func refused(_ refusal: Refusal) {}
    func handlerFailed(_ request: Request, _ error: any Error) {}
    func streamFailed(_ error: any Error) {}
    func internalFault(_ kind: StaticString) {}
    func libraryComplained(_ message: String) {}
}
