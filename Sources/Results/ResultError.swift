import Glibc

/// Why a result could not be written or read: where, what, and what to do about it.
package struct ResultError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or folder meant.
    package var path: String
    /// From 1; 0 when the whole file is meant.
    package var line: Int
    package var message: String
    /// What the user can do.
    package var remedy: String

    package init(path: String, line: Int = 0, message: String, remedy: String) {
        self.path = path
        self.line = line
        self.message = message
        self.remedy = remedy
    }

    /// `path:line: error: message`, then the remedy on a line of its own.
    package var description: String {
        "\(path)\(line > 0 ? ":\(line)" : ""): error: \(message)\n  fix: \(remedy)"
    }

    /// The failure of a system call.
    package static func system(_ operation: String, path: String, code: Int32) -> ResultError {
        let reason = String(cString: strerror(code))
        return ResultError(
            path: path, message: "cannot \(operation): \(reason)", remedy: remedy(for: code))
    }

    private static func remedy(for code: Int32) -> String {
        switch code {
        case ENOSPC, EDQUOT: "free some space there, or choose a folder on another disk"
        case EACCES, EPERM, EROFS: "choose a folder that you may write to"
        case ENOENT: "check the path for a misspelling"
        case ENOTDIR: "choose a path whose parents are all folders"
        case ENAMETOOLONG: "choose a shorter name"
        case ELOOP: "choose a path without circular links"
        case EMFILE, ENFILE: "close other programs, or raise the limit on open files (ulimit -n)"
        case EIO: "check the disk, then try again"
        default: "check the path, or choose another folder"
        }
    }
}
