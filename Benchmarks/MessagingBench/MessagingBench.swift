import Foundation
import ServiceKit

/// Usage: MessagingBench relay|consumer|memory. Environment: KAFKA_HOME, EVENTS, ROUNDS, MEMORY_EVENTS, RELAY_BOUND.
@main
enum MessagingBench {
    static func main() async {
        // As every service begins.
        MemoryAllocator.returnWhatIsIdle()
        do {
            switch CommandLine.arguments.dropFirst().first {
            case "relay": try await measureRelay()
            case "consumer": try await measureConsumer()
            case "memory": try await measureMemory()
            default:
                note("usage: MessagingBench relay|consumer|memory")
                exit(64)
            }
        } catch {
            note("\(error)")
            exit(1)
        }
    }
}

/// Progress, which is no result.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
