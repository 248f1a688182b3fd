import Foundation
import Glibc
package import Results
import Synchronization

/// The folder of an experiment, which fills run by run, so that one that was stopped can go on.
///
/// `runs.jsonl` begins with a line that says of which experiment it is; then comes a line for each
/// finished run, in the order in which they finished, each written whole before the next. A last line
/// that is not whole belongs to a run that was being written when the process died.
package final class ExperimentFolder: Sendable {
    package static let recordsName = "runs.jsonl"
    package static let resultName = "comparison.json"

    private struct Header: Codable {
        var experiment: String
        var fingerprint: String
    }

    package let path: String
    private let descriptor: Int32
    private let finished: Mutex<[ExperimentRecord]>

    /// Of all finished runs, those of earlier attempts first.
    package var records: [ExperimentRecord] { finished.withLock { $0 } }

    /// Opens the folder of a plan, or makes it.
    ///
    /// With `force` an experiment of another plan that is there is thrown away.
    package init(path: String, plan: ExperimentPlan, force: Bool) throws(ResultError) {
        self.path = path
        let file = path + "/" + Self.recordsName
        try Self.makeFolder(path)
        let existing =
            try FileAccess.kind(of: file) == .other
            ? try FileAccess.contents(of: file) : []
        var kept: [UInt8] = []
        var records: [ExperimentRecord] = []
        let header = Header(experiment: plan.name, fingerprint: plan.fingerprint)
        if !existing.isEmpty {
            let found = Self.read(existing)
            if found.header?.fingerprint == header.fingerprint {
                records = found.records
                kept = found.bytes
            } else if !force {
                throw ResultError(
                    path: path, message: "holds another experiment",
                    remedy: "choose another folder with --out, or replace it with --force")
            }
        } else if try Self.holdsOther(path) {
            throw ResultError(
                path: path, message: "is not empty and holds no experiment",
                remedy: "choose another folder with --out")
        }
        if kept.isEmpty { kept = try Self.line(header, path: file) }
        try FileAccess.write(kept, path: file)
        unlink(path + "/" + Self.resultName)
        finished = Mutex(records)
        descriptor = open(file, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("write this file", path: file, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ResultError(
                path: path, message: "is being written to by another process",
                remedy: "wait for it, or choose another folder")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds a finished run, and waits until the disk has it.
    package func append(_ record: ExperimentRecord) throws(ResultError) {
        let file = path + "/" + Self.recordsName
        let bytes = try Self.line(record, path: file)
        try finished.withLock { records throws(ResultError) in
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count == bytes.count, fdatasync(descriptor) == 0 else {
                throw .system("write this file", path: file, code: count < 0 ? errno : ENOSPC)
            }
            records.append(record)
        }
    }

    /// Writes one of the other files.
    package func write(_ text: String, as name: String) throws(ResultError) {
        try FileAccess.write(Array(text.utf8), path: path + "/" + name)
    }

    // MARK: Lines

    private static func line(_ value: some Encodable, path: String) throws(ResultError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let data = try? encoder.encode(value) else {
            throw ResultError(
                path: path, message: "a figure is not a number", remedy: "please report this")
        }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    private static func read(
        _ bytes: [UInt8]
    ) -> (header: Header?, records: [ExperimentRecord], bytes: [UInt8]) {
        let decoder = JSONDecoder()
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line break there is nothing, or half a line.
        lines.removeLast()
        guard let first = lines.first,
            let header = try? decoder.decode(Header.self, from: Data(first))
        else { return (nil, [], []) }
        var records: [ExperimentRecord] = []
        var whole = Array(first) + [UInt8(ascii: "\n")]
        for line in lines.dropFirst() {
            guard let record = try? decoder.decode(ExperimentRecord.self, from: Data(line)) else {
                continue
            }
            records.append(record)
            whole += line + [UInt8(ascii: "\n")]
        }
        return (header, records, whole)
    }

    private static func makeFolder(_ path: String) throws(ResultError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ResultError(
                path: path, message: "cannot be made: \(error.localizedDescription)",
                remedy: "choose another folder with --out")
        }
    }

    private static func holdsOther(_ path: String) throws(ResultError) -> Bool {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return !entries.isEmpty
    }
}
