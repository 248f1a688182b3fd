import Glibc
import Processes
import Testing

/// A coordinator is started as a process of its own, and ended the hard way.
@Suite("The coordinator's death", .serialized, .timeLimit(.minutes(1)))
struct CoordinatorDeathTests {
    @Test("Killing the coordinator leaves no worker and no directory")
    func killed() async throws {
        let result = try await #require(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            let run = try announcedRun()
            kill(getpid(), SIGKILL)
            withExtendedLifetime(run.pool) {}
        }
        try expectNothingLeft(of: result.standardOutputContent)
    }

    @Test("A second interrupt ends coordinator, workers and directory, even with a stuck loop")
    func interruptedTwice() async throws {
        let result = try await #require(
            processExitsWith: .exitCode(130), observing: [\.standardOutputContent]
        ) {
            let run = try announcedRun()
            let latch = try SignalLatch()
            kill(getpid(), SIGINT)
            var item = pollfd(fd: latch.descriptor, events: Int16(POLLIN), revents: 0)
            poll(&item, 1, 20_000)
            kill(getpid(), SIGINT)
            poll(nil, 0, 20_000)
            withExtendedLifetime(run.pool) {}
        }
        try expectNothingLeft(of: result.standardOutputContent)
    }

    @Test("A request to a zygote that has just died is an error, not a SIGPIPE")
    func deadZygote() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let run = try announcedRun()
            let zygote = getpgid(run.processIDs[0])
            kill(zygote, SIGKILL)
            guard eventually({ !isRunning(zygote) }) else { exit(1) }
            do {
                try run.pool.kill(0)
                exit(2)
            } catch ProcessError.zygoteGone {
                let death = WorkerEvent.zygoteDied(.killed(signal: SIGKILL))
                exit(run.pool.stopAll().contains(death) ? 7 : 3)
            }
        }
    }

    private func expectNothingLeft(of output: [UInt8]) throws {
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("run: ") })
        let fields = line.split(separator: " ").dropFirst().map(String.init)
        let directory = try #require(fields.first)
        let pids = fields.dropFirst().compactMap { Int32($0) }
        #expect(directory.contains("/topple-"))
        #expect(pids.count == 5)
        #expect(eventually { !exists(directory) })
        #expect(pids.allSatisfy { !isRunning($0) })
    }
}

/// Starts five workers and prints the run directory and their process ids.
private func announcedRun() throws -> EchoRun {
    var run = try EchoRun(workers: 5)
    guard try run.advance(until: { $0.hellos.count == 5 && $0.processIDs.count == 5 }) else {
        exit(9)
    }
    let pids = run.processIDs.map(String.init).joined(separator: " ")
    writeOutput("run: \(run.pool.directory) \(pids)")
    return run
}
