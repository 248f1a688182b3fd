import Glibc
import Processes
import Testing

@Suite("Signals", .serialized, .timeLimit(.minutes(1)))
struct SignalLatchTests {
    @Test("Signals become visible to a poll loop, in order, and are taken once")
    func latch() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let latch = try SignalLatch()
            raise(SIGTERM)
            raise(SIGINT)
            var item = pollfd(fd: latch.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&item, 1, 1000) == 1 else { exit(1) }
            guard latch.take() == [.terminate, .interrupt], latch.take().isEmpty else { exit(2) }
            guard SignalLatch.Request.interrupt.exitStatus == 130 else { exit(3) }
            exit(7)
        }
    }

    @Test("A second interrupt ends the process at once")
    func secondInterrupt() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let latch = try SignalLatch()
            raise(SIGINT)
            guard latch.take() == [.interrupt] else { exit(1) }
            raise(SIGINT)
            exit(2)
        }
    }
}
