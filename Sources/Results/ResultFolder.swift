import Foundation
import Glibc

/// The folder that holds the results of one run, and the rules for making it.
///
/// A result is written to a folder beside the place where it belongs, `NAME.incomplete-PROCESS`, and moved
/// there when it is complete, so that `NAME` never holds half a result. What a run leaves that is stopped or
/// killed can be read, and goes when a later result takes the place. An older result is replaced only when
/// that is asked for, and goes only after the new one has its place.
package struct ResultFolder {
    package static let summaryName = "summary.json"
    package static let topologyName = "topology.yaml"
    package static let digestsName = "digests.csv"
    package static let eventsName = "events.bin"
    package static let mapName = "map.json"
    package static let mapTableName = "map.csv"
    package static let seriesName = "series.csv"
    package static let edgesName = "edges.csv"
    package static let scalingName = "scaling.csv"
    package static let controlEventsName = "control-events.csv"
    package static let conditionsName = "conditions.csv"
    package static let recommendationsName = "recommendations.csv"
    package static let manifestName = "manifest.json"
    package static let databaseName = "results.sqlite"
    package static let openTelemetryName = "traces.otlp.json"
    package static let jaegerName = "traces.jaeger.json"
    package static let metricsName = "metrics.prom"
    package static let openMetricsName = "metrics.om"
    /// Holds files that the topology names by a path outside its own folder.
    package static let companionsName = "companions"

    /// Begins a result at `path`; missing parents are made.
    ///
    /// With `force` a result that is there may be replaced, or an empty folder used. Throws before
    /// anything is written, when the path is taken or cannot be written to.
    package static func stage(at path: String, force: Bool) throws(ResultError) -> StagedResult {
        let place = try resolve(path)
        try checkPlace(place, shownAs: path, force: force)
        let parent = (place as NSString).deletingLastPathComponent
        let madeParents = try makeFolders(parent)
        do throws(ResultError) {
            sweep(parent: parent, name: (place as NSString).lastPathComponent)
            return try StagedResult(
                place: place, shownAs: path, force: force, madeParents: madeParents)
        } catch {
            for folder in madeParents.reversed() { rmdir(folder) }
            throw error
        }
    }

    /// The absolute path without links at its end.
    private static func resolve(_ path: String) throws(ResultError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw ResultError(
                path: path, message: "is not the name of a folder",
                remedy: "name the folder that the results shall be written to")
        }
        if let real = realpath(path, nil) {
            defer { free(real) }
            let resolved = String(cString: real)
            guard resolved != "/" else {
                throw ResultError(
                    path: path, message: "is the root of the file system",
                    remedy: "name a folder inside it")
            }
            return resolved
        }
        guard errno == ENOENT else { throw .system("use this path", path: path, code: errno) }
        var status = stat()
        guard lstat(path, &status) != 0 else {
            throw ResultError(
                path: path, message: "is a link to nothing",
                remedy: "remove the link, or choose another path")
        }
        let absolute =
            path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        let parts = absolute.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else {
            // Through folders that do not exist, `..` means nothing yet.
            let plain = (absolute as NSString).standardizingPath
            guard plain != absolute, !plain.contains("/../") else {
                throw .system("use this path", path: path, code: ENOENT)
            }
            return try resolve(plain)
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Refuses a place that is taken.
    static func checkPlace(
        _ place: String, shownAs path: String, force: Bool
    ) throws(ResultError) {
        switch try FileAccess.kind(of: place) {
        case .nothing: return
        case .other:
            throw ResultError(
                path: path, message: "is a file, not a folder",
                remedy: "choose another path, or remove the file")
        case .folder:
            guard force else {
                throw ResultError(
                    path: path, message: "is already there",
                    remedy: "choose another folder, or replace it with --force")
            }
            guard isResult(place) || isEmpty(place) else {
                throw ResultError(
                    path: path,
                    message: "holds no results of Topple, so even --force does not replace it",
                    remedy: "choose another folder, or remove this one yourself")
            }
        }
    }

    /// Whether the folder holds the summary of a run, or a map, of whatever version.
    private static func isResult(_ folder: String) -> Bool {
        func object(_ name: String) -> [String: Any]? {
            guard let bytes = try? FileAccess.contents(of: folder + "/" + name) else { return nil }
            return try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        }
        if let map = object(mapName) {
            return map["triggerSeconds"] is [Double] && map["topologyHash"] is String
        }
        guard let summary = object(summaryName) else { return false }
        return summary["digest"] is String && summary["topologyHash"] is String
    }

    private static func isEmpty(_ folder: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty == true
    }

    /// Makes a folder and the parents that it lacks.
    ///
    /// - Returns: those that were made, outermost first.
    static func makeFolders(_ path: String) throws(ResultError) -> [String] {
        var missing: [String] = []
        var folder = path
        while folder != "/", !folder.isEmpty, try FileAccess.kind(of: folder) == .nothing {
            missing.append(folder)
            folder = (folder as NSString).deletingLastPathComponent
        }
        var made: [String] = []
        for folder in missing.reversed() {
            guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
                let code = errno
                for folder in made.reversed() { rmdir(folder) }
                throw .system("make this folder", path: folder, code: code)
            }
            made.append(folder)
        }
        return made
    }

    // MARK: - Leftovers

    static func incompletePrefix(of name: String) -> String { "\(name).incomplete-" }

    /// Unfinished results of runs that are over, beside the place of a result.
    package static func leftovers(of place: String) -> [String] {
        let (parent, name) = split(place)
        let prefix = incompletePrefix(of: name)
        let entries = try? FileManager.default.contentsOfDirectory(
            atPath: parent.isEmpty ? "." : parent)
        return (entries ?? []).filter { isStale($0, prefix: prefix, path: parent + $0) }.sorted()
            .map { parent + $0 }
    }

    /// What stands before the last part of a path, with its `/`, and that part.
    static func split(_ path: String) -> (parent: String, name: String) {
        let plain = String(path.reversed().drop { $0 == "/" }.reversed())
        guard let slash = plain.lastIndex(of: "/") else { return ("", plain) }
        return (String(plain[...slash]), String(plain[plain.index(after: slash)...]))
    }

    static func partialName(of name: String, process: pid_t) -> String {
        incompletePrefix(of: name) + "\(process)"
    }
    /// Where a result that is being replaced stands until the new one has its place.
    static func replacedName(of name: String, process: pid_t) -> String {
        ".\(name).replaced-\(process)"
    }

    /// Brings back an old result that a killed run had moved aside and not replaced yet.
    private static func sweep(parent: String, name: String) {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for entry in entries {
            let path = parent + "/" + entry
            if isStale(entry, prefix: ".\(name).replaced-", path: path) {
                if rename(path, parent + "/" + name) != 0 {
                    try? FileManager.default.removeItem(atPath: path)
                }
            }
        }
    }

    /// Whether a run that goes on writes to this folder.
    static func isBeingWritten(_ folder: String) -> Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    /// Whether an entry is a folder that a process left which is gone.
    ///
    /// Process numbers come again, in containers soon; so this process's number proves nothing and the
    /// lock on the folder decides.
    private static func isStale(_ entry: String, prefix: String, path: String) -> Bool {
        guard entry.hasPrefix(prefix), let owner = pid_t(entry.dropFirst(prefix.count)), owner > 0,
            owner == getpid() || (kill(owner, 0) != 0 && errno == ESRCH)
        else { return false }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
}
