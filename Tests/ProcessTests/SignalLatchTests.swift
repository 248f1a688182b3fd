import Glibc
import Processes
import Testing

@Suite("Signals", .serialized, .timeLimit(.minutes(1)))
struct SignalLatchTests {
    @Test("Signals become visible to a poll loop, in order, and are taken once")
    func latch() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let latch = try SignalLatch()
            guard next(latch, after: SIGTERM) == [.terminate] else { exit(1) }
            guard next(latch, after: SIGINT) == [.interrupt], latch.take().isEmpty else { exit(2) }
            guard SignalLatch.Request.interrupt.exitStatus == 130 else { exit(3) }
            exit(7)
        }
    }

    @Test("A second interrupt ends the process at once")
    func secondInterrupt() async {
        await #expect(processExitsWith: .exitCode(130)) {
            let latch = try SignalLatch()
            guard next(latch, after: SIGINT) == [.interrupt] else { exit(1) }
            kill(getpid(), SIGINT)
            poll(nil, 0, 20_000)
            exit(2)
        }
    }
}

/// Sends this process a signal, which its main thread takes, and waits for the latch to show it.
private func next(_ latch: SignalLatch, after signal: Int32) -> [SignalLatch.Request] {
    kill(getpid(), signal)
    var item = pollfd(fd: latch.descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&item, 1, 20_000) == 1 else { return [] }
    return latch.take()
}
