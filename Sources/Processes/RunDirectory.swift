import Glibc

/// The private directory of one run: its socket and the workers' logs.
///
/// Named `topple-PID-XXXXXX`, mode 0700, in `XDG_RUNTIME_DIR` or else `/tmp`. Its owner holds a lock on it, so
/// that a later run can tell a directory in use from one left behind. It holds plain files only.
package struct RunDirectory: ~Copyable {
    /// The absolute path.
    package let path: String
    private let lock: Int32

    /// Bytes of a socket address's path, without the zero that ends it.
    package static let longestSocketPath = 107

    /// Where the coordinator's socket belongs.
    package var socketPath: String { path + "/socket" }

    /// Makes the directory in `base`, or in the usual place when that is nil.
    package init(in base: String? = nil) throws(ProcessError) {
        let template = "\(base ?? Self.base)/topple-\(getpid())-XXXXXX"
        let socketPath = template + "/socket"
        guard socketPath.utf8.count <= Self.longestSocketPath else {
            throw .pathTooLong(path: socketPath, limit: Self.longestSocketPath)
        }
        var characters = template.utf8CString.map { $0 }
        guard mkdtemp(&characters) != nil else { throw .last("make a directory like \(template)") }
        path = String(decoding: characters.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        _ = flock(lock, LOCK_EX | LOCK_NB)
    }

    deinit {
        RunDirectory.remove(path)
        close(lock)
    }

    /// Where run directories are made: `XDG_RUNTIME_DIR` when that can be written, else `/tmp`.
    package static var base: String {
        guard let value = getenv("XDG_RUNTIME_DIR") else { return "/tmp" }
        let path = String(cString: value)
        return path.hasPrefix("/") && access(path, W_OK | X_OK) == 0 ? path : "/tmp"
    }

    /// The process id in a run directory's name, `nil` for any other name.
    static func owner(ofName name: Substring) -> pid_t? {
        let fields = name.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0] == "topple", fields[2].utf8.count == 6 else {
            return nil
        }
        return pid_t(fields[1]).flatMap { $0 > 0 ? $0 : nil }
    }

    /// Removes a run directory and the files in it; does nothing to a directory of another name.
    ///
    /// Follows no links and enters no subdirectory, so the worst it can meet is a directory that stays.
    package static func remove(_ path: String) {
        let name = path.split(separator: "/").last ?? ""
        guard owner(ofName: name) != nil else { return }
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { return }
        defer { close(directory) }
        for entry in directoryEntries(path) {
            unlinkat(directory, entry, 0)
        }
        rmdir(path)
    }

    /// Removes run directories of this user whose process is gone and whose lock is free.
    ///
    /// - Returns: The paths removed.
    @discardableResult
    package static func sweepStale(in base: String? = nil) -> [String] {
        let base = base ?? Self.base
        return directoryEntries(base).compactMap { name in
            guard let owner = owner(ofName: name[...]), kill(owner, 0) != 0, errno == ESRCH else {
                return nil
            }
            let path = "\(base)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_uid == geteuid(),
                status.st_mode & S_IFMT == S_IFDIR
            else { return nil }
            let lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard lock >= 0 else { return nil }
            defer { close(lock) }
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { return nil }
            remove(path)
            return path
        }
    }
}
