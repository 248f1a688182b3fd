#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads a file that a user named, after checking that it is one and that it is small enough.
enum InputFile {
    /// 64 MiB. A topology of 65,535 services takes about 20 MB.
    static let largestSize = 64 * 1024 * 1024

    /// Why a file could not be read, and what to do about it.
    struct Refusal: Error, Hashable {
        var message: String
        var remedy: String
    }

    /// The bytes of the regular file at `path`; its size is checked before anything is read.
    ///
    /// Opens without blocking, so that a named pipe is refused instead of waited for.
    static func bytes(atPath path: String) throws(Refusal) -> [UInt8] {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw Refusal(message: "not a file name", remedy: "name a topology file")
        }
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw refusal(ofErrorNumber: errno) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw refusal(ofErrorNumber: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR:
            throw Refusal(
                message: "is a directory, not a file", remedy: "name a file inside the directory")
        default:
            throw Refusal(
                message: "is not a regular file",
                remedy: "save the text to a file and name that file")
        }
        guard Int(status.st_size) <= largestSize else {
            throw tooLarge(Int(status.st_size))
        }
        return try readAll(from: descriptor, expecting: Int(status.st_size))
    }

    private static func readAll(
        from descriptor: Int32, expecting size: Int
    ) throws(Refusal) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw refusal(ofErrorNumber: errno)
            }
            // The file may have grown since it was measured.
            guard bytes.count + count <= largestSize else { throw tooLarge(bytes.count + count) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    static func tooLarge(_ size: Int) -> Refusal {
        Refusal(
            message: "is too large: \(size) bytes, the limit is \(largestSize) bytes (64 MiB)",
            remedy: "split the system into several topologies, or check that this is the right file"
        )
    }

    private static func refusal(ofErrorNumber number: Int32) -> Refusal {
        switch number {
        case ENOENT, ENOTDIR:
            Refusal(
                message: "no such file",
                remedy: "check the path; a companion file is looked for beside the topology file")
        case EACCES, EPERM:
            Refusal(message: "permission denied", remedy: "make the file readable for this user")
        case ELOOP:
            Refusal(message: "too many symbolic links", remedy: "name the file itself")
        default:
            Refusal(
                message: "cannot be read: \(String(cString: strerror(number)))",
                remedy: "check the file and the disk it is on")
        }
    }

    /// `bytes` as text; a refusal names the first offset that is not UTF-8.
    static func text(of bytes: [UInt8]) throws(Refusal) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let startsLikeUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        throw Refusal(
            message: "is not UTF-8 text",
            remedy: startsLikeUTF16
                ? "save the file as UTF-8; it looks like UTF-16"
                : "save the file as UTF-8, and check that it is a text file at all")
    }
}
