import Foundation
import Model
import Topology

/// A topology as it is stored with a result: its text, and its companion files under safe names.
struct StoredTopology {
    private(set) var text: String
    private(set) var files: [TopologyFile.Companion] = []
    private let original: TopologyFile

    init(_ topology: TopologyFile) {
        original = topology
        text = topology.text
        var moved: [(from: String, to: String)] = []
        for (index, file) in topology.companionFiles.enumerated() {
            var file = file
            if !Self.isSafe(file.name) {
                let safe = "\(ResultFolder.companionsName)/\(index)-\(Self.plainName(file.name))"
                moved.append((file.name, safe))
                file.name = safe
            }
            files.append(file)
        }
        // The longest first: one name may end like another.
        for move in moved.sorted(by: { $0.from.utf8.count > $1.from.utf8.count }) {
            text = Self.replacePath(move.from, with: move.to, in: text)
        }
    }

    /// Whether a path stays inside the folder and is not one of the result's own.
    static func isSafe(_ name: String) -> Bool {
        let parts = name.split(separator: "/").filter { $0 != "." }
        let own = [
            ResultFolder.summaryName, ResultFolder.topologyName, ResultFolder.digestsName,
            ResultFolder.eventsName, ResultFolder.seriesName, ResultFolder.edgesName,
            ResultFolder.companionsName, ResultFolder.manifestName, ResultFolder.databaseName,
            ResultFolder.scalingName, ResultFolder.controlEventsName, ResultFolder.conditionsName,
            ResultFolder.recommendationsName, ResultFolder.mapName,
            ResultFolder.mapTableName,
        ]
        guard let first = parts.first, !name.hasPrefix("/") else { return false }
        return !parts.contains("..") && !own.contains(String(first))
    }

    /// Replaces a path where it stands alone, not as a part of a longer one.
    private static func replacePath(
        _ path: String, with replacement: String, in text: String
    ) -> String {
        func continuesPath(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || "._-/".contains($0) } ?? false
        }
        let pieces = text.components(separatedBy: path)
        var result = pieces[0]
        for piece in pieces.dropFirst() {
            let isPart = continuesPath(result.last) || continuesPath(piece.first)
            result += (isPart ? path : replacement) + piece
        }
        return result
    }

    private static func plainName(_ path: String) -> String {
        let last = path.split(separator: "/").last ?? "file"
        return String(
            last.map { character in
                character.isASCII && (character.isLetter || character.isNumber)
                    || "._-".contains(character) ? character : "_"
            }.suffix(100))
    }

    /// Loads what was stored and compares it with what was run.
    func check(atPath path: String, shownAs shown: String) throws(ResultError) {
        let stored = try? TopologyFile.load(path: path)
        guard let stored, stored.model.services == original.model.services,
            stored.model.colocated == original.model.colocated,
            stored.companionFiles.allSatisfy({
                Self.isSafe($0.name) || $0.name.hasPrefix(ResultFolder.companionsName + "/")
            })
        else {
            throw ResultError(
                path: shown, message: "the topology cannot be stored with its companion files",
                remedy: "put the files that the topology names into its own folder")
        }
    }
}
