import Glibc
import Processes
import Testing

@Suite("Run directories")
struct RunDirectoryTests {
    @Test("A run directory is private, and gone with its owner")
    func lifetime() throws {
        let base = try temporaryDirectory()
        defer { rmdir(base) }
        let path = try withRunDirectory(in: base) { path in
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
            makeFile("\(path)/worker-0.log")
            return path
        }
        #expect(!exists(path))
    }

    @Test("A base too deep for a socket's path is refused")
    func tooDeep() {
        let base = "/tmp/" + String(repeating: "x", count: 100)
        #expect(throws: ProcessError.self) { _ = try RunDirectory(in: base) }
    }

    @Test("Only directories of dead processes are swept")
    func sweep() throws {
        let base = try temporaryDirectory()
        defer { rmdir(base) }
        let dead = "\(base)/topple-\(try deadProcess())-abcdef"
        let alive = "\(base)/topple-\(getppid())-abcdef"
        let other = "\(base)/topple-results"
        for path in [dead, alive, other] { #expect(mkdir(path, 0o700) == 0) }
        makeFile("\(dead)/socket")
        #expect(RunDirectory.sweepStale(in: base) == [dead])
        #expect(!exists(dead))
        #expect(exists(alive) && exists(other))
        for path in [alive, other] { rmdir(path) }
    }

    @Test("A directory whose lock is held is not swept, though its process seems gone")
    func locked() throws {
        let base = try temporaryDirectory()
        defer { rmdir(base) }
        let path = "\(base)/topple-\(try deadProcess())-abcdef"
        #expect(mkdir(path, 0o700) == 0)
        let lock = open(path, O_RDONLY)
        #expect(flock(lock, LOCK_EX) == 0)
        #expect(RunDirectory.sweepStale(in: base).isEmpty)
        close(lock)
        #expect(RunDirectory.sweepStale(in: base) == [path])
    }

    private func withRunDirectory<Result>(
        in base: String, _ body: (String) throws -> Result
    ) throws -> Result {
        let directory = try RunDirectory(in: base)
        return try body(directory.path)
    }

    private func makeFile(_ path: String) {
        close(open(path, O_WRONLY | O_CREAT, 0o600))
    }

    /// The id of a process that has just ended and been reaped.
    private func deadProcess() throws -> pid_t {
        var pid: pid_t = 0
        var arguments = [strdup("true"), nil]
        defer { arguments.forEach { free($0) } }
        try #require(posix_spawn(&pid, "/bin/true", nil, nil, &arguments, nil) == 0)
        waitpid(pid, nil, 0)
        return pid
    }
}
