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
        if try FileAccess.kind(of: file) == .nothing, Self.holdsOther(path) {
            throw ResultError(
                path: path, message: "is not empty and holds no experiment",
                remedy: "choose another folder with --out")
        }
        descriptor = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("write this file", path: file, code: errno) }
        do throws(ResultError) {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw ResultError(
                    path: path, message: "is being written to by another process",
                    remedy: "wait for it, or choose another folder")
            }
            // Nobody else writes from here on.
            let records = try Self.resume(file, descriptor, plan, force: force, shownAs: path)
            finished = Mutex(records)
        } catch {
            close(descriptor)
            throw error
        }
        unlink(path + "/" + Self.resultName)
    }

    /// What a file holds of a plan's runs; what is half written at its end is cut off. One that is new, or of
    /// another plan that may go, begins with a header.
    private static func resume(
        _ file: String, _ descriptor: Int32, _ plan: ExperimentPlan, force: Bool,
        shownAs path: String
    ) throws(ResultError) -> [ExperimentRecord] {
        let header = Header(experiment: plan.name, fingerprint: plan.fingerprint)
        let bytes = try FileAccess.contents(of: file)
        let found = read(bytes)
        if found.header?.fingerprint == header.fingerprint {
            guard found.whole == bytes.count || ftruncate(descriptor, off_t(found.whole)) == 0
            else {
                throw .system("write this file", path: file, code: errno)
            }
            return found.records
        }
        guard bytes.isEmpty || force else {
            throw ResultError(
                path: path, message: "holds another experiment",
                remedy: "choose another folder with --out, or replace it with --force")
        }
        let line = try line(header, path: file)
        guard ftruncate(descriptor, 0) == 0,
            line.withUnsafeBytes({ Glibc.write(descriptor, $0.baseAddress, $0.count) })
                == line.count,
            fsync(descriptor) == 0
        else { throw .system("write this file", path: file, code: errno) }
        return []
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

    /// The header, the records, and how many bytes are whole lines. Lines that are no records are skipped.
    private static func read(
        _ bytes: [UInt8]
    ) -> (header: Header?, records: [ExperimentRecord], whole: Int) {
        let decoder = JSONDecoder()
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line break there is nothing, or half a line.
        let rest = lines.removeLast()
        guard let first = lines.first,
            let header = try? decoder.decode(Header.self, from: Data(first))
        else { return (nil, [], 0) }
        let records = lines.dropFirst().compactMap {
            try? decoder.decode(ExperimentRecord.self, from: Data($0))
        }
        return (header, records, bytes.count - rest.count)
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

    private static func holdsOther(_ path: String) -> Bool {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return !entries.isEmpty
    }
}
