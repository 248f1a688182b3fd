package import ControlPlane
package import Kernel
package import Model

/// A topology file and the files it names, read and validated.
package struct TopologyFile: Sendable {
    /// A file that the topology names, as it was when it was read.
    package struct Companion: Hashable, Sendable {
        /// The path as written in the topology.
        package var name: String
        package var bytes: [UInt8]
    }

    package var name: String
    /// How long a run simulates unless the user says otherwise; > 0.
    package var duration: SimulatedDuration
    package var seed: UInt64?
    package var model: ModelDescription
    /// How the model is scaled; `nil` if nothing of it is.
    package var scaling: ScalingPlan?
    /// SHA-256 of the text and of all companion files, as 64 hexadecimal digits.
    package var topologyHash: String
    package var text: String
    /// In the order in which the topology names them.
    package var companionFiles: [Companion]

    /// SHA-256 of bytes, as 64 hexadecimal digits.
    package static func fingerprint(of bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexadecimal()
    }

    /// Reads and validates the topology at `path`, with some values changed, one after another.
    ///
    /// - Throws: ``TopologyError`` with everything that is wrong with the file.
    package static func load(
        path: String, changes: [TopologyChange] = []
    ) throws(TopologyError) -> TopologyFile {
        let text: String
        do throws(InputFile.Refusal) {
            text = try InputFile.text(of: try InputFile.bytes(atPath: path))
        } catch {
            throw TopologyError([
                TopologyDiagnostic(file: path, message: error.message, remedy: error.remedy)
            ])
        }
        let directory = path.lastIndex(of: "/").map { slash in
            slash == path.startIndex ? "/" : String(path[..<slash])
        }
        return try parse(
            text: text, name: path, baseDirectory: directory ?? "", changes: changes)
    }

    /// Validates `text` as a topology that stands in the file `name`.
    ///
    /// Companion files are looked for in `baseDirectory`; when that is empty, in the current one.
    ///
    /// - Throws: ``TopologyError`` with everything that is wrong with the text.
    package static func parse(
        text: String, name: String, baseDirectory: String, changes: [TopologyChange] = []
    ) throws(TopologyError) -> TopologyFile {
        let log = DiagnosticLog(file: name)
        guard text.utf8.count <= InputFile.largestSize else {
            let refusal = InputFile.tooLarge(text.utf8.count)
            throw TopologyError([
                TopologyDiagnostic(file: name, message: refusal.message, remedy: refusal.remedy)
            ])
        }
        let companions = CompanionFiles(baseDirectory: baseDirectory)
        let decoder = TopologyDecoder(log: log, companions: companions)
        let defaultName = defaultName(ofFile: name)
        guard let written = YAMLNode.parse(text, log: log), log.isEmpty else { throw log.error }
        let node = changes.reduce(written) { $0.applying($1, log: log) }
        guard log.isEmpty, let decoded = decoder.decode(node, defaultName: defaultName) else {
            throw log.error
        }
        return TopologyFile(
            name: decoded.name ?? defaultName, duration: decoded.duration, seed: decoded.seed,
            model: decoded.model, scaling: decoded.scaling,
            topologyHash: hash(text, companions.files, changes), text: text,
            companionFiles: companions.files)
    }

    /// The last part of the path without its extension, with `-` for what a name may not have.
    private static func defaultName(ofFile path: String) -> String {
        let last = path.split(separator: "/").last ?? "topology"
        let stem = last.lastIndex(of: ".").map { last[..<$0] } ?? last
        let letters = stem.prefix(63).map { NameRule.accepts("a\($0)") ? $0 : "-" }
        let name = String(String(letters).drop { $0 == "-" || $0 == "_" })
        return NameRule.accepts(name) ? name : "topology"
    }

    /// Lengths go in before contents, so that no two sets of files look the same.
    private static func hash(
        _ text: String, _ companions: [Companion], _ changes: [TopologyChange]
    ) -> String {
        var hash = SHA256()
        func length(_ count: Int) -> [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) }
        }
        hash.update(length(text.utf8.count))
        hash.update(text.utf8)
        for companion in companions {
            hash.update(length(companion.name.utf8.count))
            hash.update(companion.name.utf8)
            hash.update(length(companion.bytes.count))
            hash.update(companion.bytes)
        }
        for change in changes {
            let text = change.description
            hash.update(length(text.utf8.count))
            hash.update(text.utf8)
        }
        return hash.hexadecimal()
    }
}
