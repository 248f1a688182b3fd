import Glibc

/// Where a worker's standard output and error go.
func workerLogPath(in directory: String, index: Int) -> String {
    "\(directory)/worker-\(index).log"
}

/// The last lines of a log, oldest first, fit to be shown on a terminal.
///
/// Reads at most the last 64 KiB, whatever the size. Control characters become "?", so that a log cannot
/// drive the terminal, and a line is cut to 500 characters. Empty when the file cannot be read.
func tailLines(ofFile path: String, count: Int) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }

    let length = min(Int(status.st_size), 65536)
    let offset = Int(status.st_size) - length
    let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
        let count = retryingInterrupts { pread(descriptor, buffer.baseAddress, length, offset) }
        initialized = max(0, count)
    }
    var lines = bytes.split(separator: UInt8(ascii: "\n"))
    // The first line of a tail that starts inside the file is most likely half a line.
    if offset > 0 && lines.count > 1 { lines.removeFirst() }
    return lines.suffix(max(0, count)).map(printable)
}

private func printable(_ line: ArraySlice<UInt8>) -> String {
    let scalars = String(decoding: line, as: UTF8.self).unicodeScalars.prefix(500).map { scalar in
        scalar.value < 32 && scalar != "\t" || (127..<160).contains(scalar.value) ? "?" : scalar
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
}
