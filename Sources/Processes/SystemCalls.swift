internal import CLinux
import Glibc
import Synchronization

/// Repeats a system call until it is not interrupted by a signal.
func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}

/// Makes a pipe that no program started later inherits, its ends above the standard descriptors.
func makePipe() throws(ProcessError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .last("make a pipe") }
    return try aboveStandard(&ends)
}

/// Makes a pair of connected sockets, as ``makePipe()``.
///
/// Unlike a pipe, a socket can be written to without a SIGPIPE when its other end is gone.
func makeSocketPair() throws(ProcessError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last("make a socket pair") }
    return try aboveStandard(&ends)
}

/// Moves descriptors that took the place of a closed standard one, so that they can be told apart.
private func aboveStandard(_ ends: inout [Int32]) throws(ProcessError) -> (Int32, Int32) {
    for position in ends.indices where ends[position] <= 2 {
        let moved = fcntl(ends[position], F_DUPFD_CLOEXEC, 3)
        let failure = ProcessError.last("move a descriptor above the standard descriptors")
        close(ends[position])
        ends[position] = moved
        guard moved >= 0 else {
            close(ends[1 - position])
            throw failure
        }
    }
    return (ends[0], ends[1])
}

/// Makes reads or writes return at once instead of waiting.
func setNonblocking(_ descriptor: Int32) {
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
}

/// Waits for `events` on a descriptor.
///
/// - Returns: False when `deadline` passed first.
func wait(for events: Int32, on descriptor: Int32, until deadline: MonotonicInstant) -> Bool {
    var item = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return retryingInterrupts { poll(&item, 1, deadline.millisecondsLeft) } > 0
}

/// Writes all of `text`, waiting as needed; false when the other end is closed.
@discardableResult
func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[written...])
            let result = retryingInterrupts { write(descriptor, rest.baseAddress, rest.count) }
            guard result > 0 else { return false }
            written += result
        }
        return true
    }
}

/// Writes a line to standard error, unbuffered.
package func writeError(_ line: String) {
    writeAll(line + "\n", to: STDERR_FILENO)
}

/// Writes a line to standard output, unbuffered. Whether that failed is kept in ``outputFailed``.
package func writeOutput(_ line: String) {
    if !writeAll(line + "\n", to: STDOUT_FILENO) { outputFailure.store(true, ordering: .relaxed) }
}

/// Writes a piece of a longer text to standard output, as ``writeOutput(_:)`` does a line.
package func writeOutput(piece: [UInt8]) {
    if !writeAll(String(decoding: piece, as: UTF8.self), to: STDOUT_FILENO) {
        outputFailure.store(true, ordering: .relaxed)
    }
}

/// Whether anything could not be written to standard output: a full disk, a closed pipe.
package var outputFailed: Bool { outputFailure.load(ordering: .relaxed) }

private let outputFailure = Atomic(false)

/// The text of a small file such as one under /proc, `nil` when it cannot be read; at most 64 KiB.
func readSmallFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let capacity = 65536
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        while count < capacity {
            let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
            let result = retryingInterrupts { read(descriptor, rest.baseAddress, rest.count) }
            guard result > 0 else { return }
            count += result
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The names in a directory, without "." and "..", sorted; empty when it cannot be read.
func directoryEntries(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// A reading of the clock that only goes forward, in nanoseconds since the machine started.
struct MonotonicInstant: Comparable {
    let nanoseconds: Int64

    static var now: MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(
            nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func after(_ duration: Duration) -> MonotonicInstant {
        let (seconds, attoseconds) = duration.components
        // A century is as good as for ever and does not overflow.
        let whole = min(seconds, 3_000_000_000) * 1_000_000_000
        return MonotonicInstant(nanoseconds: now.nanoseconds + whole + attoseconds / 1_000_000_000)
    }

    /// Time left, rounded up, as poll wants it.
    var millisecondsLeft: Int32 {
        let left = max(0, nanoseconds - MonotonicInstant.now.nanoseconds)
        return Int32(clamping: (left + 999_999) / 1_000_000)
    }

    var hasPassed: Bool { MonotonicInstant.now >= self }

    static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}
