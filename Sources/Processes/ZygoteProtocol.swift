import Glibc

// Coordinator and zygote talk in short lines: requests on the zygote's standard input (a socket), reports on
// its standard output (a pipe). Both come from one build, and `ready` carries the version to prove it.

/// The version of the lines below.
let zygoteProtocolVersion: Int32 = 1

/// What the coordinator asks of the zygote.
enum ZygoteRequest: Equatable {
    /// Fork workers `first ..< first + count`, each told to connect to `endpoint`.
    case spawn(first: Int, count: Int, endpoint: String)
    /// Send a signal to a worker; nothing happens when it has ended.
    case kill(index: Int, signal: Int32)
    /// Drop the forks not done yet and send a signal to every worker.
    case killAll(signal: Int32)

    var line: String {
        switch self {
        case .spawn(let first, let count, let endpoint): "spawn \(first) \(count) \(endpoint)\n"
        case .kill(let index, let signal): "kill \(index) \(signal)\n"
        case .killAll(let signal): "killall \(signal)\n"
        }
    }

    init?(line: Substring) {
        let fields = line.split(separator: " ", maxSplits: 3)
        switch (fields.first, fields.count) {
        case ("spawn", 4):
            guard let first = Int(fields[1]), let count = Int(fields[2]), first >= 0, count >= 0,
                first.addingReportingOverflow(count).overflow == false
            else { return nil }
            self = .spawn(first: first, count: count, endpoint: String(fields[3]))
        case ("kill", 3):
            guard let index = Int(fields[1]), let signal = Int32(fields[2]) else { return nil }
            self = .kill(index: index, signal: signal)
        case ("killall", 2):
            guard let signal = Int32(fields[1]) else { return nil }
            self = .killAll(signal: signal)
        default:
            return nil
        }
    }
}

/// What the zygote tells the coordinator.
enum ZygoteReport: Equatable {
    /// It is warm and waits for requests.
    case ready(version: Int32)
    /// A worker runs; `incarnation` counts from 1 how often its index was started.
    case spawned(index: Int, incarnation: Int, pid: pid_t)
    /// A worker was not started, because fork failed or the request was dropped (`ECANCELED`).
    case spawnFailed(index: Int, code: Int32)
    /// A worker ended and was reaped.
    case exited(index: Int, pid: pid_t, status: ExitStatus)

    var line: String {
        switch self {
        case .ready(let version): "ready \(version)\n"
        case .spawned(let index, let incarnation, let pid):
            "spawned \(index) \(incarnation) \(pid)\n"
        case .spawnFailed(let index, let code): "failed \(index) \(code)\n"
        case .exited(let index, let pid, .exited(let status)): "exited \(index) \(pid) \(status)\n"
        case .exited(let index, let pid, .killed(let signal)): "killed \(index) \(pid) \(signal)\n"
        }
    }

    init?(line: Substring) {
        let fields = line.split(separator: " ")
        let numbers = fields.dropFirst().compactMap { Int32($0) }
        guard numbers.count + 1 == fields.count else { return nil }
        switch (fields[0], numbers.count) {
        case ("ready", 1):
            self = .ready(version: numbers[0])
        case ("spawned", 3):
            self = .spawned(index: Int(numbers[0]), incarnation: Int(numbers[1]), pid: numbers[2])
        case ("failed", 2):
            self = .spawnFailed(index: Int(numbers[0]), code: numbers[1])
        case ("exited", 3):
            let status = ExitStatus.exited(status: numbers[2])
            self = .exited(index: Int(numbers[0]), pid: numbers[1], status: status)
        case ("killed", 3):
            let status = ExitStatus.killed(signal: numbers[2])
            self = .exited(index: Int(numbers[0]), pid: numbers[1], status: status)
        default:
            return nil
        }
    }
}

/// Joins what a pipe delivers into whole lines.
struct LineBuffer {
    /// What one read of a pipe found.
    enum Outcome { case bytes, nothingYet, endOfStream }

    private var bytes: [UInt8] = []

    /// Reads once, at most 64 KiB.
    mutating func fill(from descriptor: Int32) -> Outcome {
        let capacity = 65536
        var (result, failure): (Int, Int32) = (0, 0)
        let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            result = retryingInterrupts { read(descriptor, buffer.baseAddress, capacity) }
            failure = errno
            count = max(0, result)
        }
        if result > 0 {
            bytes += chunk
            return .bytes
        }
        return result == -1 && failure == EAGAIN ? .nothingYet : .endOfStream
    }

    /// Takes the complete lines out, without their ends.
    mutating func takeLines() -> [Substring] {
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeFirst(end + 1)
        return text.split(separator: "\n")
    }
}
