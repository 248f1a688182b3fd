import Foundation
import Glibc
package import Topology

/// A result that is being written, beside its place until it is complete.
///
/// Ends with ``commit()`` or ``keep()``; without them everything written is removed, at the latest when
/// the last reference goes.
package final class StagedResult {
    /// Where the result will be, as the user named it.
    package let path: String
    /// Where it is until then.
    package let partialPath: String
    /// The same, as the user would name it.
    package let shownPartialPath: String
    private let place: String
    private let force: Bool
    private let madeParents: [String]
    private var events: EventLogWriter?
    /// Keeps others from taking the folder for a leftover; -1 when the result is settled.
    private var lock: Int32

    init(
        place: String, shownAs path: String, force: Bool, madeParents: [String]
    ) throws(ResultError) {
        self.path = path
        self.place = place
        self.force = force
        self.madeParents = madeParents
        let parent = (place as NSString).deletingLastPathComponent
        let name = (place as NSString).lastPathComponent
        partialPath = (parent as NSString).appendingPathComponent(
            ResultFolder.partialName(of: name, process: getpid()))
        shownPartialPath =
            ResultFolder.split(path).parent
            + ResultFolder.partialName(of: name, process: getpid())
        // A process number that comes again: what stands there is a leftover.
        for leftover in ResultFolder.leftovers(of: place) where leftover == partialPath {
            try? FileManager.default.removeItem(atPath: leftover)
        }
        guard mkdir(partialPath, 0o777) == 0 else {
            if errno == EEXIST {
                throw ResultError(
                    path: path, message: "another result is being written to this folder",
                    remedy: "wait for it, or choose another folder")
            }
            throw .system("write to the folder around it", path: path, code: errno)
        }
        lock = open(partialPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        _ = flock(lock, LOCK_EX | LOCK_NB)
    }

    deinit { abandon() }

    package func write(_ summary: RunSummary) throws(ResultError) {
        try write(Array(summary.json()), as: ResultFolder.summaryName)
    }

    package func write(_ digests: DigestTable) throws(ResultError) {
        try write(Array(digests.csv.utf8), as: ResultFolder.digestsName)
    }

    /// Writes the run over time: one table of services, one of edges.
    package func write(_ series: RunSeries) throws(ResultError) {
        try write(Array(series.servicesCSV.utf8), as: ResultFolder.seriesName)
        try write(Array(series.edgesCSV.utf8), as: ResultFolder.edgesName)
    }

    /// Writes what the control plane did.
    package func write(_ scaling: ScalingTables) throws(ResultError) {
        try write(Array(scaling.stepsCSV.utf8), as: ResultFolder.scalingName)
        try write(Array(scaling.eventsCSV.utf8), as: ResultFolder.controlEventsName)
        try write(Array(scaling.conditionsCSV.utf8), as: ResultFolder.conditionsName)
        if let recommendations = scaling.recommendationsCSV {
            try write(Array(recommendations.utf8), as: ResultFolder.recommendationsName)
        }
    }

    /// Writes the traced requests in both formats.
    package func write(_ traces: TraceExport) throws(ResultError) {
        try traces.write(.otlp, to: partialPath + "/" + ResultFolder.openTelemetryName)
        try traces.write(.jaeger, to: partialPath + "/" + ResultFolder.jaegerName)
    }

    /// Stores the topology so that it can be loaded from the result alone.
    ///
    /// The text stays as it is, unless it names files outside its folder: they are stored under
    /// `companions/`, and the text names them there.
    package func write(topology: TopologyFile) throws(ResultError) {
        let stored = StoredTopology(topology)
        for file in stored.files {
            let folder = (file.name as NSString).deletingLastPathComponent
            if !folder.isEmpty { _ = try ResultFolder.makeFolders(partialPath + "/" + folder) }
            try write(file.bytes, as: file.name)
        }
        try write(Array(stored.text.utf8), as: ResultFolder.topologyName)
        try stored.check(atPath: partialPath + "/" + ResultFolder.topologyName, shownAs: path)
    }

    /// Writes how the result came about, in place of what was written of that before.
    package func write(
        _ manifest: Manifest, isDurable: Bool = true
    ) throws(ResultError) {
        let name = ResultFolder.manifestName
        let aside = partialPath + "/." + name
        try FileAccess.write(Array(manifest.json()), path: aside, isDurable: isDurable)
        guard rename(aside, partialPath + "/" + name) == 0 else {
            throw .system("write this file", path: partialPath + "/" + name, code: errno)
        }
    }

    /// Where the database of the result is until it is complete.
    package var databasePath: String { partialPath + "/" + ResultFolder.databaseName }

    /// A file of the result that is written piece by piece.
    package func textWriter(_ name: String) throws(ResultError) -> TextWriter {
        try TextWriter(path: partialPath + "/" + name)
    }

    /// Where events go as they commit; the same at each call.
    package func eventWriter() throws(ResultError) -> EventLogWriter {
        if let events { return events }
        let writer = try EventLogWriter(path: partialPath + "/" + ResultFolder.eventsName)
        events = writer
        return writer
    }

    func write(_ bytes: [UInt8], as name: String) throws(ResultError) {
        try FileAccess.write(bytes, path: partialPath + "/" + name)
    }

    /// Puts the complete result in its place; after an error it is still staged.
    package func commit() throws(ResultError) {
        guard lock >= 0 else {
            throw ResultError(
                path: path, message: "this result was committed or abandoned before",
                remedy: "please report this")
        }
        try events?.finish()
        try FileAccess.synchronise(folder: partialPath)
        let parent = (place as NSString).deletingLastPathComponent
        let name = (place as NSString).lastPathComponent
        // What stands there may have changed while the run went on.
        try ResultFolder.checkPlace(place, shownAs: path, force: force)
        let old = (parent as NSString).appendingPathComponent(
            ResultFolder.replacedName(of: name, process: getpid()))
        let replaces = try FileAccess.kind(of: place) == .folder
        if replaces, rename(place, old) != 0 {
            throw .system("move the old result aside", path: path, code: errno)
        }
        guard rename(partialPath, place) == 0 else {
            let code = errno
            if replaces { rename(old, place) }
            throw .system("move the result to its place", path: path, code: code)
        }
        close(lock)
        lock = -1
        try FileAccess.synchronise(folder: parent)
        // What cannot be removed now is swept by a later run.
        if replaces { try? FileManager.default.removeItem(atPath: old) }
        for leftover in ResultFolder.leftovers(of: place) {
            try? FileManager.default.removeItem(atPath: leftover)
        }
    }

    /// Leaves what was written where it is, to be read.
    package func keep() {
        guard lock >= 0 else { return }
        try? events?.finish()
        events = nil
        close(lock)
        lock = -1
    }

    /// Removes everything written, and the parents made for it if they are empty.
    package func abandon() {
        guard lock >= 0 else { return }
        events = nil
        try? FileManager.default.removeItem(atPath: partialPath)
        close(lock)
        lock = -1
        for folder in madeParents.reversed() { rmdir(folder) }
    }
}
