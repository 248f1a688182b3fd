import Foundation
import Glibc

/// A worker process, as /proc shows it.
struct WorkerProcess {
    let pid: pid_t
    /// The number of the worker in its run.
    let index: Int
    /// Clock ticks of processor time that it has used.
    let ticks: Int

    /// The workers of a coordinator, which are its child's children, by their number.
    static func all(of coordinator: pid_t) -> [WorkerProcess] {
        let table = ProcessEntry.all()
        let zygotes = Set(table.filter { $0.parent == coordinator }.map(\.pid))
        return table.compactMap { entry in
            guard zygotes.contains(entry.parent), entry.name.hasPrefix("topple-"),
                let index = Int(entry.name.dropFirst(7))
            else { return nil }
            return WorkerProcess(pid: entry.pid, index: index, ticks: entry.ticks)
        }.sorted { $0.index < $1.index }
    }

    /// Clock ticks of processor time that a process has used; 0 when it is gone.
    static func ticks(of pid: pid_t) -> Int { ProcessEntry(pid)?.ticks ?? 0 }
}

/// True unless the process is gone or only waits to be reaped.
func isRunning(_ pid: pid_t) -> Bool {
    guard let entry = ProcessEntry(pid) else { return false }
    return entry.state != "Z"
}

private struct ProcessEntry {
    let pid: pid_t
    let name: String
    let state: Substring
    let parent: pid_t
    let ticks: Int

    /// Reads `/proc/PID/stat`: number (name) state parent … times as fields 14 and 15.
    init?(_ pid: pid_t) {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else {
            return nil
        }
        let text = String(decoding: data, as: UTF8.self)
        guard let opening = text.firstIndex(of: "("), let closing = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[closing...].dropFirst().split(separator: " ")
        guard fields.count > 12, let parent = pid_t(fields[1]), let user = Int(fields[11]),
            let system = Int(fields[12])
        else { return nil }
        self.pid = pid
        name = String(text[text.index(after: opening)..<closing])
        state = fields[0]
        self.parent = parent
        ticks = user + system
    }

    static func all() -> [ProcessEntry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.compactMap { ProcessEntry($0) }
    }
}
