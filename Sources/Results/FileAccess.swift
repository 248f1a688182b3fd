import Glibc

/// Writes a file that a user named; it appears whole or not at all.
package func writeFile(_ bytes: [UInt8], path: String) throws(ResultError) {
    let partial = path + ".partial-\(getpid())"
    do throws(ResultError) {
        try FileAccess.write(bytes, path: partial)
    } catch {
        unlink(partial)
        throw ResultError(path: path, message: error.message, remedy: error.remedy)
    }
    guard rename(partial, path) == 0 else {
        let code = errno
        unlink(partial)
        throw .system("write this file", path: path, code: code)
    }
}

/// Whole files and folders, written so that they outlast a crash, with errors for people.
package enum FileAccess {
    /// What stands at a path.
    package enum Kind { case nothing, folder, other }

    /// What stands at `path`; links are followed.
    package static func kind(of path: String) throws(ResultError) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return .nothing }
            throw .system("look at this path", path: path, code: errno)
        }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .other
    }

    /// Opens a file for writing; makes it, or empties it.
    static func create(_ path: String) throws(ResultError) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .system("create this file", path: path, code: errno)
        }
        return descriptor
    }

    /// Writes all of `bytes`.
    static func write(
        _ bytes: UnsafeBufferPointer<UInt8>, to descriptor: Int32, path: String
    ) throws(ResultError) {
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("write this file", path: path, code: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Waits until the disk has the file, and closes it in any case.
    static func finish(_ descriptor: Int32, path: String) throws(ResultError) {
        // Pipes and devices cannot be synchronised, nor need to be.
        let failure = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno
        let closed = close(descriptor) == 0 ? 0 : errno
        if failure != 0 || closed != 0 {
            throw .system("finish writing", path: path, code: failure != 0 ? failure : closed)
        }
    }

    /// Makes a file of these bytes and, if it is to be durable, waits until the disk has it.
    package static func write(
        _ bytes: [UInt8], path: String, isDurable: Bool = true
    ) throws(ResultError) {
        let descriptor = try create(path)
        do throws(ResultError) {
            try bytes.withUnsafeBufferPointer { buffer throws(ResultError) in
                try write(buffer, to: descriptor, path: path)
            }
        } catch {
            close(descriptor)
            throw error
        }
        if isDurable { return try finish(descriptor, path: path) }
        guard close(descriptor) == 0 else {
            throw .system("finish writing", path: path, code: errno)
        }
    }

    /// Makes a file of the pieces that `body` hands out, and waits until the disk has it.
    ///
    /// It appears whole or not at all, unless it is a pipe or a device.
    static func stream(
        to path: String,
        _ body: (_ sink: ([UInt8]) throws(ResultError) -> Void) throws(ResultError) -> Void
    ) throws(ResultError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            return try write(piecewise: body, to: path)
        }
        // A link stays one: what it points to is replaced.
        let target = resolved(path)
        let partial = target + ".partial-\(getpid())"
        do throws(ResultError) {
            try write(piecewise: body, to: partial)
        } catch {
            unlink(partial)
            throw error.path == partial
                ? ResultError(path: path, message: error.message, remedy: error.remedy) : error
        }
        guard rename(partial, target) == 0 else {
            let code = errno
            unlink(partial)
            throw .system("write this file", path: path, code: code)
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func write(
        piecewise body: (_ sink: ([UInt8]) throws(ResultError) -> Void) throws(ResultError) -> Void,
        to path: String
    ) throws(ResultError) {
        let descriptor = try create(path)
        do throws(ResultError) {
            try body { (piece) throws(ResultError) in
                try piece.withUnsafeBufferPointer { bytes throws(ResultError) in
                    try write(bytes, to: descriptor, path: path)
                }
            }
        } catch {
            close(descriptor)
            throw error
        }
        try finish(descriptor, path: path)
    }

    /// Waits until the disk has the entries of a folder.
    static func synchronise(folder path: String) throws(ResultError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open this folder", path: path, code: errno) }
        try finish(descriptor, path: path)
    }

    /// Opens a regular file for reading; a pipe or a device is refused instead of waited for.
    static func openForReading(_ path: String) throws(ResultError) -> (descriptor: Int32, size: Int)
    {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read this file", path: path, code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ResultError(
                path: path, message: "is not a file", remedy: "name the folder of a finished run")
        }
        return (descriptor, Int(status.st_size))
    }

    /// Reads up to `buffer.count` bytes; fewer only at the end of the file.
    static func read(
        into buffer: inout [UInt8], from descriptor: Int32, path: String
    ) throws(ResultError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let room = buffer.count - filled
            let count = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + filled }, room)
            }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("read this file", path: path, code: errno)
            }
            filled += count
        }
        return filled
    }

    /// All bytes of a regular file of at most `limit` bytes.
    package static func contents(of path: String, limit: Int = 1 << 30) throws(ResultError)
        -> [UInt8]
    {
        let (descriptor, size) = try openForReading(path)
        defer { close(descriptor) }
        guard size <= limit else {
            throw ResultError(
                path: path, message: "has \(size) bytes, more than any result has",
                remedy: "name the folder of a finished run")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try read(into: &bytes, from: descriptor, path: path)
        bytes.removeLast(size - count)
        return bytes
    }
}
