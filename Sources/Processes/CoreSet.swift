internal import CLinux
import Glibc

/// A set of processor cores that threads may be confined to.
package struct CoreSet: Sendable, Equatable {
    private var words: [UInt]

    /// The cores that the calling thread may run on, or `nil` if the system does not say.
    package static func allowed() -> CoreSet? {
        var words = [UInt](repeating: 0, count: 128)
        let size = words.count * MemoryLayout<UInt>.size
        let written = linux_get_affinity(0, &words, size)
        guard written > 0 else { return nil }
        return CoreSet(words: Array(words.prefix(written / MemoryLayout<UInt>.size)))
    }

    /// The cores of this set one by one, each a set of its own: first the one on which the calling
    /// thread runs at this moment, if it is among them, then the ones after it, in a circle.
    package func each() -> [CoreSet] {
        let width = UInt.bitWidth
        let cores = (0..<words.count * width).filter {
            words[$0 / width] >> UInt($0 % width) & 1 == 1
        }
        let present = cores.firstIndex(of: Int(linux_current_core())) ?? 0
        return (cores[present...] + cores[..<present]).map { core in
            var one = CoreSet(words: Array(repeating: 0, count: words.count))
            one.words[core / width] = 1 << UInt(core % width)
            return one
        }
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Confines every thread of a process to these cores.
    ///
    /// Threads that have just ended are no failure. O(threads) system calls.
    ///
    /// - Parameter pid: the process, or 0 for this one.
    /// - Returns: whether any thread could be confined.
    @discardableResult
    package func confine(process pid: Int32) -> Bool {
        let path = pid == 0 ? "/proc/self/task" : "/proc/\(pid)/task"
        guard let directory = opendir(path) else { return false }
        defer { closedir(directory) }
        let size = words.count * MemoryLayout<UInt>.size
        var isConfined = false
        while let entry = readdir(directory) {
            let thread = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { atoi($0) }
            }
            if thread > 0, linux_set_affinity(thread, words, size) == 0 { isConfined = true }
        }
        return isConfined
    }
}
