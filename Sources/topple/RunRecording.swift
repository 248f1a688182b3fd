import Coordination
import Foundation
import Glibc
import Kernel
import Model
import Results
import Storage
import Topology
import Wire

/// Everything that is written of a run: its folder, the databases, the manifest.
///
/// Ends with ``finish(_:_:)`` or ``stop(reason:)``; without them everything is removed.
final class RunRecording {
    private let staged: StagedResult
    private let topology: TopologyFile
    private let settings: RunSettings
    private var manifest: Manifest
    private let recorder: RunRecorder
    private let shared: SharedDatabase?
    private let events: EventLogWriter?
    private var isCommitted = false
    /// What the manifest in the folder says.
    private var noted = SimulatedInstant.start

    /// Makes the folder and everything in it that is known before the run; throws before any of the run
    /// when something cannot be written.
    init(
        at staged: StagedResult, topology: TopologyFile, settings: RunSettings,
        resolution: SimulatedDuration, manifest: Manifest, database: String?
    ) throws(ResultError) {
        self.staged = staged
        self.topology = topology
        self.settings = settings
        self.manifest = manifest
        shared = try database.map { (path) throws(ResultError) in try SharedDatabase(path: path) }
        try staged.write(topology: topology)
        try staged.write(manifest)
        var parameters: [(name: String, value: Cell)] = [
            ("duration_s", .real(manifest.durationSeconds)), ("seed", .text("\(manifest.seed)")),
            ("placement", .text(manifest.placement)), ("sync", .text(manifest.sync)),
        ]
        if let policy = manifest.scaling { parameters.append(("scaling", .text(policy))) }
        for (name, value) in manifest.labels {
            parameters.append(("label.\(name)", Self.cell(ofLabel: value)))
        }
        recorder = try RunRecorder(
            file: staged.databasePath,
            shownAs: staged.shownPartialPath + "/" + ResultFolder.databaseName, manifest: manifest,
            model: topology.model,
            settings: settings, resolution: resolution, parameters: parameters)
        events = settings.recordsEvents ? try staged.eventWriter() : nil
    }

    /// A number where the text is the way to write one; names such as `7e2570` and `0012` stay as they are.
    private static func cell(ofLabel text: String) -> Cell {
        guard let number = Double(text), number.isFinite,
            text.allSatisfy({ $0.isASCII && ($0.isNumber || "-.".contains($0)) }),
            !text.hasPrefix("0") || text == "0" || text.hasPrefix("0.")
        else { return .text(text) }
        return .real(number)
    }

    /// Takes what has committed.
    func record(_ records: CommittedRecords) throws(ResultError) {
        if !records.events.isEmpty { try events?.append(records.events) }
        try recorder.record(records)
        guard recorder.committed > noted else { return }
        noted = recorder.committed
        manifest.simulatedSeconds = noted.seconds
        try staged.write(manifest, isDurable: false)
    }

    /// Completes the result and puts it in its place; then adds it to the shared database.
    func finish(
        _ summary: RunSummary, _ outcome: RunOutcome, traces: TraceExport? = nil
    ) throws(ResultError) {
        manifest.simulatedSeconds = outcome.end.seconds
        manifest.digest = summary.digest
        manifest.end(.complete)
        try recorder.finish(
            summary, model: topology.model, outcome: outcome, manifest: manifest,
            parameters: [
                ("workers", .integer(Int64(summary.workers))),
                ("wall_s", .real(summary.wallSeconds)),
                ("start_s", .real(summary.startSeconds)),
                ("events_committed", .integer(Int64(clamping: summary.eventsCommitted))),
                ("events_executed", .integer(Int64(clamping: summary.eventsExecuted))),
                ("verdict", summary.verdict.map { .text($0.state.rawValue) } ?? .null),
            ])
        if settings.streamsSamples { try recorder.exportSeries(to: staged) }
        try recorder.close()
        try events?.finish()
        try staged.write(summary)
        try staged.write(
            DigestTable(
                model: topology.model, outcome: outcome, interval: settings.checkpointInterval))
        if let control = outcome.control {
            try staged.write(ScalingTables(control, names: topology.model.services.map(\.name)))
        }
        if let traces { try staged.write(traces) }
        try staged.write(manifest)
        try staged.commit()
        isCommitted = true
        guard let shared else { return }
        do throws(ResultError) {
            try shared.add(database: staged.path + "/" + ResultFolder.databaseName)
        } catch {
            throw ResultError(
                path: error.path,
                message: "\(error.message); the results are in \(staged.path), but not in there",
                remedy: error.remedy)
        }
    }

    /// Ends the result of a run that has not come to its end.
    ///
    /// - Returns: what is kept of it and where, in words; `nil` if nothing had committed and all is removed, or
    ///   the result is whole.
    func stop(reason: String) -> String? {
        if isCommitted { return nil }
        manifest.end(.incomplete, reason: reason)
        // Half a table is of no use, and the disk may need its room.
        removeTables()
        // What cannot be written now is what went wrong; what was written before stays.
        try? recorder.stop(manifest)
        guard recorder.committed > .start else {
            staged.abandon()
            return nil
        }
        manifest.simulatedSeconds = recorder.committed.seconds
        try? staged.write(manifest)
        if settings.streamsSamples {
            do throws(ResultError) { try recorder.exportSeries(to: staged) } catch {
                removeTables()
            }
        }
        try? recorder.close()
        staged.keep()
        return "the results before simulated \(Format.seconds(recorder.committed)) s are in "
            + "\(staged.shownPartialPath), marked incomplete"
    }

    private func removeTables() {
        for name in [ResultFolder.seriesName, ResultFolder.edgesName] {
            unlink(staged.partialPath + "/" + name)
        }
    }

    /// Removes everything written.
    func abandon() { staged.abandon() }
}

extension Format {
    /// Simulated seconds without needless digits.
    static func seconds(_ instant: SimulatedInstant) -> String { CSVText.instant(instant) }
}

extension Manifest.Versions {
    /// Of this program.
    static var here: Self {
        Self(
            topple: ProtocolVersion.release, protocol: ProtocolVersion.current,
            fingerprint: String(ProtocolVersion.fingerprint, radix: 16))
    }
}
