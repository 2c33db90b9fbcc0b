package import Foundation
import Glibc
import Synchronization

/// Folders for a test's files, removed when the test process ends normally.
package enum TemporaryFolder {
    private static let made = Mutex<[String]>([])
    private static let removesAtExit: Void = {
        atexit { TemporaryFolder.removeAll() }
    }()

    /// A new, empty folder.
    package static func make(_ label: String = "test") throws -> URL {
        _ = removesAtExit
        let url = FileManager.default.temporaryDirectory.appending(path: "takeup-\(label)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        made.withLock { $0.append(url.path) }
        return url
    }

    private static func removeAll() {
        for path in made.withLock({ $0 }) {
            // At exit there is nobody left to tell, and a test may have removed its folder itself.
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
