import Kernel
import Snapshots

/// Files that a topology names, read and decoded once each, relative to the topology's folder.
final class CompanionFiles {
    /// A topology may name more values than files.
    private static let mostFiles = 1_000

    private let baseDirectory: String
    private(set) var files: [TopologyFile.Companion] = []
    /// Files whose name or text was refused; each is reported at the first place that names it.
    private var failed: Set<String> = []
    private var shapes: [String: Distribution.Shape] = [:]
    private var profiles: [String: RateProfile] = [:]
    private var traces: [String: [SimulatedInstant]] = [:]
    private var manifests: [String: [Manifest]] = [:]

    init(baseDirectory: String) { self.baseDirectory = baseDirectory }

    /// The shape in the file that `field` names, decoded once however often it is named.
    func shape(
        _ field: Field, _ decode: (String, String) -> Distribution.Shape?
    ) -> Distribution.Shape? {
        cached(field, in: \.shapes, decode)
    }

    /// The rates in the file that `field` names, decoded once however often it is named.
    func profile(_ field: Field, _ decode: (String, String) -> RateProfile?) -> RateProfile? {
        cached(field, in: \.profiles, decode)
    }

    /// The instants in the file that `field` names, decoded once however often it is named.
    func trace(
        _ field: Field, _ decode: (String, String, DiagnosticLog) -> [SimulatedInstant]?
    ) -> [SimulatedInstant]? {
        cached(field, in: \.traces) { decode($0, $1, field.log) }
    }

    /// The autoscalers in the file that `field` names, decoded once however often it is named.
    func manifests(_ field: Field, _ decode: (String, String) -> [Manifest]?) -> [Manifest]? {
        cached(field, in: \.manifests, decode)
    }

    private func cached<Value>(
        _ field: Field, in cache: ReferenceWritableKeyPath<CompanionFiles, [String: Value]>,
        _ decode: (String, String) -> Value?
    ) -> Value? {
        guard let name = field.scalar(wanted: "the path of a file") else { return nil }
        if let known = self[keyPath: cache][name] { return known }
        if failed.contains(name) { return nil }
        guard let text = text(name, field), let value = decode(name, text) else {
            failed.insert(name)
            return nil
        }
        self[keyPath: cache][name] = value
        return value
    }

    /// The text of a file; logs and answers nil when there is none.
    private func text(_ name: String, _ field: Field) -> String? {
        do throws(InputFile.Refusal) {
            let bytes: [UInt8]
            if let known = files.first(where: { $0.name == name }) {
                bytes = known.bytes
            } else {
                guard files.count < Self.mostFiles else {
                    throw InputFile.Refusal(
                        message: "is one too many: a topology may name \(Self.mostFiles) files",
                        remedy: "name the same file more than once, or write values in place")
                }
                let total = files.reduce(0) { $0 + $1.bytes.count }
                bytes = try InputFile.bytes(atPath: path(of: name))
                guard total + bytes.count <= InputFile.largestSize else {
                    throw InputFile.tooLarge(total + bytes.count)
                }
                files.append(TopologyFile.Companion(name: name, bytes: bytes))
            }
            return try InputFile.text(of: bytes)
        } catch {
            field.fail("the file `\(Quantity.shortened(name))` \(error.message)", error.remedy)
            return nil
        }
    }

    private func path(of name: String) -> String {
        name.hasPrefix("/") || baseDirectory.isEmpty ? name : baseDirectory + "/" + name
    }
}

/// A companion file as lines of comma-separated numbers under a header, with errors that name the line.
struct NumberTable {
    let file: String
    let log: DiagnosticLog

    /// Rows of `columns` numbers >= 0 below a header that `accept` takes; nil after logging.
    ///
    /// Blank lines and lines starting with `#` are skipped.
    func rows(
        of text: String, columns: Int, header wanted: String, accept: (String) -> Bool
    ) -> [(line: Int, values: [Double])]? {
        var rows: [(line: Int, values: [Double])] = []
        var headerSeen = false
        var number = 0
        let before = log.count
        // Spreadsheets begin UTF-8 files with a byte order mark.
        let text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
        for raw in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let line = raw.trimmingBlanks
            if line.isEmpty || line.hasPrefix("#") { continue }
            if !headerSeen {
                headerSeen = true
                guard accept(line.replacingBlanks) else {
                    fail(
                        number, "the header is `\(Quantity.shortened(line))`",
                        "write the header \(wanted) in the first line")
                    return nil
                }
                continue
            }
            if let values = row(line, number: number, columns: columns) {
                rows.append((number, values))
            }
        }
        guard log.count == before else { return nil }
        guard !rows.isEmpty, rows.count <= TopologyFormat.mostValues else {
            let found = rows.isEmpty ? "has no rows" : "has \(rows.count) rows"
            fail(
                0, found,
                "write the header \(wanted), then 1 to \(TopologyFormat.mostValues) rows of numbers"
            )
            return nil
        }
        return rows
    }

    private func row(_ line: String, number: Int, columns: Int) -> [Double]? {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == columns else {
            fail(
                number, "\(cells.count) columns where \(columns) are wanted",
                "separate numbers with commas, and write them with a decimal point")
            return nil
        }
        var values: [Double] = []
        for cell in cells {
            let text = cell.trimmingBlanks
            guard let value = Double(text), value.isFinite, value >= 0 else {
                fail(
                    number, "`\(Quantity.shortened(text))` is not a number from zero up",
                    "write a number such as `12.5`")
                return nil
            }
            values.append(value)
        }
        return values
    }

    func fail(_ line: Int, _ message: String, _ remedy: String) {
        log.add(
            TopologyDiagnostic(file: file, line: line, message: message, remedy: remedy))
    }
}

extension String {
    fileprivate var replacingBlanks: String { filter { $0 != " " && $0 != "\t" } }
}
