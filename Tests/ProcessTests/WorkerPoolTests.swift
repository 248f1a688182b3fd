import Glibc
import Processes
import Testing
import ZeroMQ

@Suite("Worker pool", .serialized, .timeLimit(.minutes(1)))
struct WorkerPoolTests {
    @Test("Fifty workers say hello, echo, and end when told to")
    func echo() throws {
        var run = try EchoRun(workers: 50)
        #expect(try run.advance { $0.hellos.count == 50 })
        for worker in run.hellos { try run.send("echo from \(worker)", to: worker) }
        #expect(try run.advance { $0.echoes == 50 })

        for worker in run.hellos { try run.send("", to: worker) }
        let ends = run.pool.stopAll(grace: .seconds(10))
        #expect(ends.count == 50)
        #expect(ends.allSatisfy { if case .exited(_, .exited(0)) = $0 { true } else { false } })
        #expect(run.pool.liveCount == 0)
    }

    @Test("A worker loads no Foundation")
    func small() throws {
        var run = try EchoRun(workers: 1)
        #expect(try run.advance { $0.hellos.count == 1 && $0.processIDs.count == 1 })
        let mapped = fileText("/proc/\(run.processIDs[0])/maps")
        #expect(mapped.contains("libzmq"))
        #expect(!mapped.contains("Foundation"))
    }

    @Test("A killed worker is reported with its signal and its last lines")
    func killedWorker() throws {
        var run = try EchoRun(workers: 3)
        #expect(try run.advance { $0.hellos.count == 3 && $0.processIDs.count == 3 })
        let pid = try #require(run.pool.processID(of: 1))
        try run.pool.kill(1)
        #expect(try run.advance { $0.events.contains(.exited(index: 1, .killed(signal: SIGKILL))) })
        #expect(ExitStatus.killed(signal: SIGKILL).description == "killed by signal 9 (SIGKILL)")
        #expect(!isRunning(pid))
        let lines = run.pool.lastLines(of: 1, count: 5)
        #expect(lines == ["worker 1.1: says hello to \(run.pool.endpoint)"])
    }

    @Test("A worker's own exit status is reported")
    func exitStatus() throws {
        var run = try EchoRun(workers: 2)
        #expect(try run.advance { $0.hellos.count == 2 })
        try run.send("exit 3", to: "0.1")
        #expect(try run.advance { $0.events.contains(.exited(index: 0, .exited(status: 3))) })
        #expect(ExitStatus.exited(status: 3).description == "exited with status 3")
        #expect(run.pool.lastLines(of: 0, count: 1) == ["worker 0.1: told to end with status 3"])
    }

    @Test("A worker started again is a new incarnation and appends to its log")
    func incarnation() throws {
        var run = try EchoRun(workers: 1)
        #expect(try run.advance { $0.hellos == ["0.1"] })
        try run.pool.kill(0)
        #expect(try run.advance { $0.events.contains(.exited(index: 0, .killed(signal: SIGKILL))) })
        try run.pool.spawn(0..<1)
        #expect(try run.advance { $0.hellos == ["0.1", "0.2"] })
        #expect(run.pool.lastLines(of: 0, count: 5).count == 2)
    }

    @Test("Stopping with no grace kills workers, those still to be forked included")
    func stopAtOnce() throws {
        var run = try EchoRun(workers: 200)
        let events = run.pool.stopAll()
        #expect(run.pool.liveCount == 0)
        let ended = events.filter {
            switch $0 {
            case .exited(_, .killed(SIGKILL)), .spawnFailed(_, ECANCELED): true
            default: false
            }
        }
        #expect(ended.count == 200)
        #expect(try run.advance { $0.pool.liveCount == 0 })
    }

    @Test("Cleaning up leaves no process and no directory, and can be repeated")
    func cleanUp() throws {
        var run = try EchoRun(workers: 20)
        #expect(try run.advance { $0.hellos.count == 20 && $0.processIDs.count == 20 })
        run.pool.cleanUp()
        #expect(run.processIDs.allSatisfy { !isRunning($0) })
        #expect(!exists(run.pool.directory))
        run.pool.cleanUp()
        #expect(throws: ProcessError.zygoteGone) { try run.pool.spawn(0..<1) }
    }

    @Test("When the zygote is killed its workers go with it, and the pool says so once")
    func zygoteKilled() throws {
        var run = try EchoRun(workers: 20)
        #expect(try run.advance { $0.hellos.count == 20 && $0.processIDs.count == 20 })
        let pids = run.processIDs
        let zygote = try #require(parent(of: pids[0]))
        kill(zygote, SIGKILL)
        let death = WorkerEvent.zygoteDied(.killed(signal: SIGKILL))
        #expect(try run.advance { $0.events.contains(death) })
        #expect(eventually { pids.allSatisfy { !isRunning($0) } })
        #expect(run.pool.drainReports().isEmpty)
        #expect(throws: ProcessError.zygoteGone) { try run.pool.kill(0) }
        run.pool.cleanUp()
        #expect(!exists(run.pool.directory))
    }

    @Test("When the coordinator's pipe closes, no process, socket or directory is left")
    func coordinatorDied() throws {
        let base = try temporaryDirectory()
        defer { rmdir(base) }
        let directory = "\(base)/topple-\(getpid())-abcdef"
        #expect(mkdir(directory, 0o700) == 0)
        let context = try Context()
        var router = try Socket(.router, in: context)
        try router.bind("ipc://\(directory)/socket")

        let zygote = try RawZygote(directory: directory)
        zygote.write("spawn 0 10 ipc://\(directory)/socket\n")
        var pids: [Int32] = []
        while pids.count < 10 {
            let fields = try #require(zygote.readLine()).split(separator: " ")
            if fields[0] == "spawned" { pids.append(try #require(Int32(fields[3]))) }
        }
        var message = Message()
        for _ in 0..<20 { _ = try router.receive(into: &message, .blocking) }
        #expect(pids.allSatisfy(isRunning))
        #expect(exists("\(directory)/socket"))

        zygote.closeInput()
        #expect(zygote.awaitEnd() == .exited(status: 0))
        #expect(pids.allSatisfy { !isRunning($0) })
        #expect(!exists(directory))
    }

    @Test("A program that is no worker is refused with what it wrote")
    func notAWorker() throws {
        let base = try temporaryDirectory()
        let failure = #expect(throws: ProcessError.self) {
            _ = try WorkerPool(executable: "/bin/ls", in: base)
        }
        #expect(rmdir(base) == 0, "the run directory is gone")
        let text = failure?.description ?? ""
        #expect(text.hasPrefix("/bin/ls did not start: it exited with status 2"))
        #expect(text.contains("unrecognized option"))
    }
}

private func parent(of pid: Int32) -> Int32? {
    let fields = fileText("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ")
    return fields.flatMap { $0.count > 1 ? Int32($0[1]) : nil }
}
