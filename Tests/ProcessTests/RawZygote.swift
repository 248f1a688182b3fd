import Glibc
import Processes

/// A zygote that this process talks to by hand, in place of a coordinator that dies.
final class RawZygote {
    private let pid: pid_t
    private let input: Int32
    private let output: UnsafeMutablePointer<FILE>

    init(directory: String) throws {
        var (requests, reports): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&requests) == 0, pipe(&reports) == 0, let stream = fdopen(reports[0], "r") else {
            throw ProcessError.system(operation: "make pipes", code: errno)
        }
        for end in [requests[1], reports[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, requests[0], 0)
        posix_spawn_file_actions_adddup2(&actions, reports[1], 1)
        let words = [try builtWorker(), "--zygote", directory, "--echo"]
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, nil)
        close(requests[0])
        close(reports[1])
        guard code == 0 else { throw ProcessError.system(operation: "start a zygote", code: code) }
        self.pid = pid
        input = requests[1]
        output = stream
    }

    deinit { fclose(output) }

    func write(_ text: String) {
        _ = Glibc.write(input, text, text.utf8.count)
    }

    func readLine() -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        guard fgets(&bytes, Int32(bytes.count), output) != nil else { return nil }
        let line = bytes.prefix { $0 != 0 && $0 != 10 }
        return String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func closeInput() { close(input) }

    func awaitEnd() -> ExitStatus {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return ExitStatus(waitStatus: status)
    }
}

/// A fresh directory for one test.
func temporaryDirectory() throws -> String {
    var characters = Array("/tmp/topple-tests-XXXXXX".utf8CString)
    guard mkdtemp(&characters) != nil else {
        throw ProcessError.system(operation: "make a directory", code: errno)
    }
    return String(decoding: characters.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
