package import Foundation
import Glibc
package import Topology

/// How a result came about and whether it is whole: what `manifest.json` holds.
package struct Manifest: Codable, Hashable, Sendable {
    package static let format = 1

    package enum Status: String, Codable, Hashable, Sendable {
        /// The run goes on, or was killed.
        case running
        case complete
        /// The run ended before its time.
        case incomplete
    }

    /// A file that the run depends on.
    package struct Input: Codable, Hashable, Sendable {
        /// As the topology names it; the topology itself as it was named on the command line.
        package var name: String
        package var bytes: Int
        package var sha256: String
    }

    package struct Versions: Codable, Hashable, Sendable {
        package var topple: String
        package var `protocol`: UInt32
        /// Of the arithmetic: builds with another give other results.
        package var fingerprint: String
        package var swift: String

        /// `topple` is the release, `protocol` and `fingerprint` those of the workers; Swift is that of
        /// this build.
        package init(topple: String, protocol number: UInt32, fingerprint: String) {
            self.topple = topple
            self.protocol = number
            self.fingerprint = fingerprint
            swift = Manifest.swiftVersion
        }
    }

    package struct Host: Codable, Hashable, Sendable {
        package var system: String
        package var architecture: String
        package var cores: Int
        package var memoryBytes: UInt64
    }

    package var format = Manifest.format
    package var status = Status.running
    /// Why the run ended before its time.
    package var reason: String?
    /// Tells this run from all others.
    package var run: String
    package var name: String
    package var seed: UInt64
    package var durationSeconds: Double
    /// Length of the intervals of time series; missing when there are none.
    package var resolutionSeconds: Double?
    /// Everything before this is in the result.
    package var simulatedSeconds = 0.0
    /// The scaling policy in force, if anything scales.
    package var scaling: String?
    package var digest: String?
    package var placement: String
    package var sync: String
    /// The command line, its options as they were given.
    package var command: [String]
    /// What the user calls this run by.
    package var labels: [String: String]
    package var versions: Versions
    /// Of all inputs together.
    package var topologyHash: String
    package var inputs: [Input]
    package var host = Host.here
    package var startedAt: Date
    package var endedAt: Date?

    package init(
        topology: TopologyFile, path: String, seed: UInt64, durationSeconds: Double,
        resolutionSeconds: Double?, scaling: String?, placement: String, sync: String,
        command: [String], labels: [String: String] = [:], versions: Versions,
        startedAt: Date = Date()
    ) {
        run = UUID().uuidString.lowercased()
        name = topology.name
        self.seed = seed
        self.durationSeconds = durationSeconds
        self.resolutionSeconds = resolutionSeconds
        self.scaling = scaling
        self.placement = placement
        self.sync = sync
        self.command = command
        self.labels = labels
        self.versions = versions
        topologyHash = topology.topologyHash
        inputs = [Self.input(path, Array(topology.text.utf8))]
        inputs += topology.companionFiles.map { Self.input($0.name, $0.bytes) }
        self.startedAt = Date(timeIntervalSince1970: startedAt.timeIntervalSince1970.rounded())
    }

    private static func input(_ name: String, _ bytes: [UInt8]) -> Input {
        Input(name: name, bytes: bytes.count, sha256: TopologyFile.fingerprint(of: bytes))
    }

    /// Ends the run, now.
    package mutating func end(_ status: Status, reason: String? = nil) {
        self.status = status
        self.reason = reason
        endedAt = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded())
    }

    /// The compiler that made this program.
    static var swiftVersion: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}

extension Manifest.Host {
    /// The machine that this runs on; nothing that names it.
    static var here: Self {
        var names = utsname()
        uname(&names)
        func text<Letters>(_ letters: Letters) -> String {
            withUnsafeBytes(of: letters) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
        }
        return Self(
            system: "\(text(names.sysname)) \(text(names.release))",
            architecture: text(names.machine), cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: ProcessInfo.processInfo.physicalMemory)
    }
}

// MARK: - JSON

extension Manifest {
    /// The text of `manifest.json`: keys in alphabetical order, indented, with a final newline.
    package func json() -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return ((try? encoder.encode(self)) ?? Data()) + Data("\n".utf8)
    }

    package init(json: Data, path: String) throws(ResultError) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let manifest = try? decoder.decode(Self.self, from: json),
            manifest.format == Self.format
        else {
            throw ResultError(
                path: path, message: "is not a manifest that this version of Topple can read",
                remedy: "use the version that made the run, or run the simulation again")
        }
        self = manifest
    }

    /// The manifest of the result in `folder`; `nil` when it has none.
    package static func load(folder: String) throws(ResultError) -> Manifest? {
        let path = folder + "/" + ResultFolder.manifestName
        guard try FileAccess.kind(of: path) == .other else { return nil }
        return try Manifest(json: Data(try FileAccess.contents(of: path)), path: path)
    }

    /// In words, how far a run came that is not complete.
    package var incompleteness: String {
        let time = plain(simulatedSeconds)
        let end = plain(durationSeconds)
        return "incomplete: stopped at simulated \(time) s of \(end) s"
            + (reason.map { " (\($0))" } ?? "")
    }
}
