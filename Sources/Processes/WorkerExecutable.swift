import Glibc

/// Finds the worker executable: `TOPPLE_WORKER` if set, else `topple-worker` beside this program.
///
/// - Parameters:
///   - override: the value of `TOPPLE_WORKER`.
///   - directory: where to look otherwise; nil means this program's own directory.
/// - Returns: A path that may be executed.
/// - Throws: ``ProcessError/workerMissing(path:origin:)`` or
///   ``ProcessError/workerNotExecutable(path:origin:)``.
package func locateWorkerExecutable(
    override: String? = getenv("TOPPLE_WORKER").map { String(cString: $0) },
    beside directory: String? = nil
) throws(ProcessError) -> String {
    let path: String
    let origin: String
    if let override, !override.isEmpty {
        path = override
        origin = "named by TOPPLE_WORKER"
    } else if let directory {
        path = directory + "/topple-worker"
        origin = "beside this program"
    } else {
        path = try ownDirectory() + "/topple-worker"
        origin = "beside this program"
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw .workerMissing(path: path, origin: origin) }
    guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
        throw .workerNotExecutable(path: path, origin: origin)
    }
    return path
}

/// The directory that holds the running program.
package func ownDirectory() throws(ProcessError) -> String {
    let capacity = Int(PATH_MAX)
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
        length = buffer.withMemoryRebound(to: CChar.self) { characters in
            guard let start = characters.baseAddress else { return 0 }
            return readlink("/proc/self/exe", start, capacity)
        }
        count = max(0, length)
    }
    guard length > 0, let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
        throw .last("find this program's own directory")
    }
    return String(decoding: bytes[..<slash], as: UTF8.self)
}
