import Foundation
package import Kernel
package import Topology

/// A finished run, read from its result folder.
package struct LoadedRun: Sendable {
    /// The folder as the user named it.
    package let path: String
    package let summary: RunSummary
    package let digests: DigestTable
    /// Whether the run's events were recorded.
    package let hasEvents: Bool

    package var end: SimulatedInstant {
        .start + SimulatedDuration(seconds: summary.simulatedSeconds)
    }

    package static func load(_ path: String) throws(ResultError) -> LoadedRun {
        switch try FileAccess.kind(of: path) {
        case .folder: break
        case .nothing:
            if let leftover = ResultFolder.leftovers(of: path).last {
                try refuseIncomplete(leftover)
            }
            throw ResultError(
                path: path, message: "does not exist", remedy: "name the folder of a finished run")
        case .other:
            throw ResultError(
                path: path, message: "is a file, not a result folder",
                remedy: "name the folder of a finished run")
        }
        try refuseIncomplete(path)
        let summaryPath = path + "/" + ResultFolder.summaryName
        let digestsPath = path + "/" + ResultFolder.digestsName
        let summary = try RunSummary(
            json: Data(try FileAccess.contents(of: summaryPath)), path: summaryPath)
        let table = try FileAccess.contents(of: digestsPath)
        let events = try FileAccess.kind(of: path + "/" + ResultFolder.eventsName)
        return LoadedRun(
            path: path, summary: summary,
            digests: try DigestTable(
                csv: String(decoding: table, as: UTF8.self), path: digestsPath),
            hasEvents: events == .other)
    }

    /// Throws what is to be said of the result of a run that has not come to its end.
    package static func refuseIncomplete(_ path: String) throws(ResultError) {
        guard let manifest = try Manifest.load(folder: path), manifest.status != .complete else {
            return
        }
        if manifest.status == .running, ResultFolder.isBeingWritten(path) {
            throw ResultError(
                path: path,
                message: "is being written: simulated \(plain(manifest.simulatedSeconds)) s of "
                    + "\(plain(manifest.durationSeconds)) s",
                remedy: "wait for the run, or read \(ResultFolder.databaseName) meanwhile")
        }
        throw ResultError(
            path: path, message: "is " + manifest.incompleteness,
            remedy: "read what was committed before in \(ResultFolder.databaseName), or run the "
                + "simulation again")
    }

    /// Reads the topology that the run was made from.
    ///
    /// - Throws: also when it is another than the run's.
    package func topology() throws(ResultError) -> TopologyFile {
        let file = path + "/" + ResultFolder.topologyName
        let topology: TopologyFile
        do throws(TopologyError) {
            topology = try TopologyFile.load(path: file)
        } catch {
            throw ResultError(
                path: file,
                message: "this version of Topple does not accept it: "
                    + (error.diagnostics.first?.message ?? "unknown error"),
                remedy: "use the version that made the run, \(summary.version)")
        }
        // Text that was changed to name its companions elsewhere has another hash for good reason.
        let wasMoved = topology.companionFiles.contains {
            $0.name.hasPrefix(ResultFolder.companionsName + "/")
        }
        guard wasMoved || topology.topologyHash == summary.topologyHash else {
            throw ResultError(
                path: file, message: "was changed after the run",
                remedy: "run the simulation again")
        }
        return topology
    }
}
