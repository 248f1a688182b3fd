import Foundation
import Glibc
import Testing

/// A fresh temporary directory for one test: `work` to run in, `run` for run directories.
final class Workplace {
    let path: String
    var work: String { path + "/work" }
    private var run: String { path + "/run" }

    init() throws {
        var template = Array("/tmp/tct-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CommandError("cannot make a directory") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        for directory in [work, run] { mkdir(directory, 0o700) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file in the working directory; returns its path.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> String {
        let file = work + "/" + name
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        chmod(file, mode)
        return file
    }

    /// The names in the working directory or a folder in it, sorted.
    func entries(of folder: String = "") -> [String] { names(in: work + "/" + folder) }

    /// The text of a file in the working directory.
    func contents(_ name: String) -> String? {
        try? String(contentsOfFile: work + "/" + name, encoding: .utf8)
    }

    /// The run directories that are there now.
    var runDirectories: [String] { names(in: run) }

    /// What commands find in their environment, and nothing else.
    fileprivate func environment(with extra: [String: String]) -> [String: String] {
        var environment = ["XDG_RUNTIME_DIR": run, "COLUMNS": "80", "TERM": "xterm"]
        let inherited = ProcessInfo.processInfo.environment
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] { environment[name] = inherited[name] }
        return environment.merging(extra) { $1 }
    }

    private func names(in directory: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
}

/// Why a command could not be run to its end.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// How a command ended.
struct CommandResult {
    /// The exit status, or minus the number of the signal.
    let status: Int32
    let output: String
    let errors: String

    var outputLines: [String] { output.split(separator: "\n").map(String.init) }
}

/// A command that runs. Its output goes to files, so that it never waits for a reader.
final class CommandRun {
    let pid: pid_t
    let place: Workplace
    private let outputPath: String
    private let errorPath: String
    private var waitStatus: Int32?

    /// Starts `program`, or the built `topple`, with `arguments` in the workplace.
    init(
        _ arguments: [String], program: String = Program.topple,
        environment extra: [String: String] = [:], in place: Workplace? = nil
    ) throws {
        let place = try place ?? Workplace()
        let number = counter.next()
        self.place = place
        outputPath = "\(place.path)/output-\(number)"
        errorPath = "\(place.path)/errors-\(number)"
        pid = try spawn(
            [program] + arguments,
            environment: place.environment(with: extra).map { "\($0)=\($1)" }.sorted(),
            directory: place.work, output: outputPath, errors: errorPath)
    }

    deinit {
        guard waitStatus == nil else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    var output: String { text(of: outputPath) }
    var errors: String { text(of: errorPath) }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits until the command has written `text` to standard output or standard error.
    func awaitText(_ text: String, within limit: Duration = .seconds(20)) throws {
        let isThere = eventually(within: limit) {
            errors.contains(text) || output.contains(text) || hasEnded
        }
        guard isThere, errors.contains(text) || output.contains(text) else {
            throw CommandError("\"\(text)\" was not written; errors: \(errors)")
        }
    }

    /// Waits until this many workers run and have computed for a while; returns the processes.
    func awaitWorkers(_ count: Int, within limit: Duration = .seconds(20)) throws -> [WorkerProcess]
    {
        var found: [WorkerProcess] = []
        let isReached = eventually(within: limit) {
            found = WorkerProcess.all(of: pid)
            return hasEnded || found.count == count && found.map(\.ticks).reduce(0, +) >= 3
        }
        guard isReached, !hasEnded else {
            throw CommandError("\(found.count) of \(count) workers; errors: \(errors)")
        }
        return found
    }

    /// Waits for the end; a command that takes longer is killed, and that is an error.
    func wait(within limit: Duration = .seconds(30)) throws -> CommandResult {
        let isOver = eventually(within: limit) { hasEnded }
        guard isOver, let waitStatus else {
            kill(pid, SIGKILL)
            throw CommandError("not over after \(limit); errors: \(errors)")
        }
        let signal = waitStatus & 0x7f
        return CommandResult(
            status: signal == 0 ? waitStatus >> 8 & 0xff : -signal, output: output, errors: errors)
    }

    private var hasEnded: Bool {
        if waitStatus != nil { return true }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return false }
        waitStatus = status
        return true
    }

    private func text(of path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
}

/// Runs `topple` to its end.
func topple(
    _ arguments: String..., environment: [String: String] = [:], in place: Workplace? = nil
) throws -> CommandResult {
    try CommandRun(arguments, environment: environment, in: place).wait()
}

/// Runs a line of shell script, in which `$TOPPLE` is the command.
func shell(_ script: String, in place: Workplace? = nil) throws -> CommandResult {
    try CommandRun(
        ["-c", script], program: "/bin/sh", environment: ["TOPPLE": Program.topple], in: place
    ).wait()
}

/// The programs that were built together with these tests.
enum Program {
    static let topple = directory + "/topple"

    private static let directory: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return (own ?? "").split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }()
}

/// The repository that these tests were compiled from.
enum Repository {
    static let root =
        #filePath.components(separatedBy: "/Tests/").dropLast().joined(separator: "/Tests/")

    static func topology(_ name: String) -> String { "\(root)/topologies/\(name).yaml" }
}

/// True when the heavier tests are wanted too: `TOPPLE_SLOW_TESTS=1`.
let runsSlowTests = ProcessInfo.processInfo.environment["TOPPLE_SLOW_TESTS"] == "1"

/// Checks `condition` again and again, a few milliseconds apart; false when `limit` passed first.
func eventually(within limit: Duration = .seconds(20), _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        guard ContinuousClock.now < end else { return false }
        poll(nil, 0, 3)
    }
    return true
}

private func spawn(
    _ command: [String], environment: [String], directory: String, output: String, errors: String
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let creating = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, creating, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, creating, 0o600)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var pid: pid_t = 0
    // The shell changes the directory and becomes the command, which thus has the shell's number.
    let line = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory] + command
    let words = line.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in words + variables { free(text) } }
    let code = posix_spawn(&pid, line[0], &actions, &attributes, words, variables)
    guard code == 0 else { throw CommandError("cannot start \(command[0]): errno \(code)") }
    return pid
}

/// Numbers the commands of this process, so that each has output files of its own.
private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var value = 0

    func next() -> Int {
        lock.withLock {
            value += 1
            return value
        }
    }
}
private let counter = Counter()
