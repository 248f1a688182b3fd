import Foundation
import Processes
import Reporting
import Results

/// Finished runs set side by side.
struct RunsComparison {
    let folders: [String]
    let isJSON: Bool
    let out: String?

    func run() throws {
        let loaded = try folders.map { try LoadedRun.load($0) }
        let compared = ComparedRuns(loaded)
        if isJSON {
            writeOutput(String(decoding: compared.json(), as: UTF8.self))
        } else {
            for line in compared.lines { writeOutput(line) }
            for warning in compared.warnings { writeError("note: \(warning)") }
        }
        if let out { try draw(loaded, labels: compared.labels, in: out) }
    }

    private func draw(_ loaded: [LoadedRun], labels: [String], in folder: String) throws {
        var views: [(label: String, run: RunView)] = []
        for (label, run) in zip(labels, loaded) { views.append((label, try RunView(run))) }
        try? FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        for format in FigureFormat.allCases {
            let path = try Figure.comparison(views).draw(format, in: folder)
            if !isJSON { writeOutput(path) }
        }
    }
}

extension ComparedRuns {
    /// What each run is called: the end of its folder's path.
    var labels: [String] {
        let ends = runs.map { ($0.folder as NSString).lastPathComponent }
        return Set(ends).count == ends.count ? ends : runs.map(\.folder)
    }

    /// A table: a row a figure, a column a run, and its difference against the first.
    var lines: [String] {
        var header = [""]
        for (index, label) in labels.enumerated() {
            header.append(label)
            if index > 0 { header.append("difference") }
        }
        var table = TextTable(header: header)
        func add(_ title: String, _ words: (Run) -> String) {
            var row = [title]
            for (index, run) in runs.enumerated() {
                row.append(words(run))
                if index > 0 { row.append("") }
            }
            table.add(row)
        }
        add("seed") { String($0.seed) }
        if runs.contains(where: { $0.scaling != nil }) { add("scaling") { $0.scaling ?? "-" } }
        if runs.contains(where: { $0.figures.verdict != nil }) {
            add("verdict") { $0.figures.verdict?.rawValue ?? "-" }
        }
        for row in rows {
            var cells = [row.title]
            for index in runs.indices {
                cells.append(Self.words(row.values[index], row.unit))
                if index > 0 { cells.append(difference(row, index)) }
            }
            table.add(cells)
        }
        return table.lines.enumerated().map { $0 == 0 ? Terminal.dim($1) : $1 }
    }
}
