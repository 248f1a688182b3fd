import Foundation
import Glibc
import Testing

/// Whatever dies, falls silent or is missing: the run ends with a clear error, and nothing is left.
@Suite("Faults", .serialized, .timeLimit(.minutes(1)))
struct FaultTests {
    @Test("A killed worker ends the run with its service's name and the signal")
    func killedWorker() throws {
        let run = try endlessRun()
        let workers = try run.awaitWorkers(4)
        kill(workers[1].pid, SIGKILL)
        let result = try run.wait()
        #expect(result.status == 1)
        #expect(
            result.errors.hasPrefix(
                "error: the worker of b was killed by signal 9 (SIGKILL) before the run was over"))
        expectNoProcessLeft(of: run, workers)
        try expectKept(result, in: run, "")
    }

    @Test("A stopped worker ends the run with its service's name and what to do")
    func stoppedWorker() throws {
        let run = try endlessRun("--worker-timeout", "1 s")
        let workers = try run.awaitWorkers(4)
        kill(workers[2].pid, SIGSTOP)
        let result = try run.wait()
        #expect(result.status == 1)
        #expect(result.errors.contains("the worker of c has not answered for 1.0 s"))
        #expect(result.errors.contains("raise --worker-timeout"))
        expectNoProcessLeft(of: run, workers)
        try expectKept(result, in: run, "")
    }

    @Test("A killed process that starts workers ends the run and takes them with it")
    func killedZygote() throws {
        let run = try endlessRun()
        let workers = try run.awaitWorkers(4)
        let zygote = getpgid(workers[0].pid)
        try #require(zygote != getpgid(0) && zygote > 1)
        kill(zygote, SIGKILL)
        let result = try run.wait()
        #expect(result.status == 1)
        #expect(result.errors.contains("signal 9"))
        expectNoProcessLeft(of: run, workers)
        try expectKept(result, in: run, "")
    }

    @Test("A killed coordinator leaves no worker and no run directory, and no folder for long")
    func killedCoordinator() throws {
        let run = try endlessRun()
        let workers = try run.awaitWorkers(4)
        #expect(run.place.runDirectories.count == 1)
        run.send(SIGKILL)
        #expect(try run.wait().status == -SIGKILL)
        expectNoProcessLeft(of: run, workers)
        // What had committed stays until a run to the same place is complete.
        let left = folders(in: run.place)
        #expect(left.allSatisfy { $0.hasPrefix("chain4-seed1.incomplete-") } && left.count == 1)
        let shown = try topple("ledger", "results/\(left.first ?? "")", in: run.place)
        #expect(shown.status == 2)
        #expect(shown.errors.contains("is incomplete: stopped at simulated "))
        let next = try topple(
            "run", Repository.topology("chain4"), "--duration", "100 ms", in: run.place)
        #expect(next.status == 0)
        #expect(folders(in: run.place) == ["chain4-seed1"])
    }

    @Test(
        "A request to stop ends the run with the status that shells expect",
        arguments: [SIGINT, SIGTERM, SIGHUP],
        ["service", "in-process"])
    func stopped(signal: Int32, placement: String) throws {
        let run = try endlessRun("--placement", placement)
        let workers = try placement == "service" ? run.awaitWorkers(4) : []
        if workers.isEmpty { try awaitComputing(run) }
        run.send(signal)
        let result = try run.wait()
        #expect(result.status == 128 + signal)
        expectNoProcessLeft(of: run, workers)
        try expectKept(result, in: run, "interrupted: ")
    }

    @Test(
        "A worker executable that is none is a clear error",
        arguments: [
            ("/no/such/worker", "no worker executable at /no/such/worker (named by TOPPLE_WORKER)"),
            ("/etc/passwd", "/etc/passwd (named by TOPPLE_WORKER) is not an executable file"),
            ("/tmp", "/tmp (named by TOPPLE_WORKER) is not an executable file"),
            ("/bin/true", "/bin/true did not start: it exited with status 0"),
            ("/bin/false", "/bin/false did not start: it exited with status 1"),
        ])
    func wrongWorker(path: String, message: String) throws {
        let place = try Workplace()
        let result = try topple(
            "run", Repository.topology("chain4"), environment: ["TOPPLE_WORKER": path], in: place)
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("error: " + message), "\(result.errors)")
        #expect(place.runDirectories.isEmpty)
        #expect(folders(in: place).isEmpty)
    }

    @Test("A worker executable that speaks nonsense is a clear error")
    func nonsense() throws {
        let place = try Workplace()
        let script = try place.write("#!/bin/sh\necho nonsense\n", to: "script", mode: 0o755)
        let result = try topple(
            "run", Repository.topology("chain4"), environment: ["TOPPLE_WORKER": script], in: place)
        #expect(result.status == 1)
        #expect(result.errors.contains("it is of another build (it answered \"nonsense\")"))
        #expect(place.runDirectories.isEmpty)
    }

    @Test("Too many workers for the open files that are allowed: the message has the numbers")
    func limits() throws {
        let file = Repository.topology("thousand")
        let result = try shell("ulimit -n 64; exec \"$TOPPLE\" run \(file)")
        #expect(result.status == 1)
        #expect(
            result.errors.hasPrefix(
                "error: needs 1,064 open files for 1,000 workers; RLIMIT_NOFILE (hard limit 64) "
                    + "allows 64: raise with ulimit -n 1064"))
    }

    @Test("A reader that goes away does not make a run hang")
    func closedPipe() throws {
        let result = try shell("\"$TOPPLE\" schema | head -n 1; \"$TOPPLE\" version | true")
        #expect(result.status == 0)
        #expect(result.output == "{\n")
    }

    /// A run that takes longer than any test, with progress that says nothing.
    private func endlessRun(_ options: String...) throws -> CommandRun {
        try CommandRun(
            ["run", Repository.topology("chain4"), "--duration", "10 h", "--progress", "never"]
                + options)
    }

    /// Waits until a run in one process has begun: it catches signals and computes.
    private func awaitComputing(_ run: CommandRun) throws {
        let begun = eventually { WorkerProcess.ticks(of: run.pid) > 10 }
        try #require(begun, "\(run.errors)")
    }

    /// What had committed is kept and marked, and the message says so; or nothing had, and nothing is left.
    private func expectKept(
        _ result: CommandResult, in run: CommandRun, _ start: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(result.errors.hasPrefix(start), sourceLocation: sourceLocation)
        guard let left = folders(in: run.place).first else {
            #expect(
                result.errors == "interrupted: nothing was written\n" || start.isEmpty,
                sourceLocation: sourceLocation)
            return
        }
        #expect(left.hasPrefix("chain4-seed1.incomplete-"), sourceLocation: sourceLocation)
        #expect(
            result.errors.contains("are in results/\(left), marked incomplete"),
            sourceLocation: sourceLocation)
        let manifest = try #require(run.place.contents("results/\(left)/manifest.json"))
        #expect(manifest.contains("\"status\" : \"incomplete\""), sourceLocation: sourceLocation)
    }

    private func expectNoProcessLeft(
        of run: CommandRun, _ workers: [WorkerProcess],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isClear = eventually {
            run.place.runDirectories.isEmpty && workers.allSatisfy { !isRunning($0.pid) }
        }
        #expect(isClear, "processes or directories are left", sourceLocation: sourceLocation)
    }

    /// The result folders, staged ones too, that are in a workplace.
    private func folders(in place: Workplace) -> [String] { place.entries(of: "results") }
}
