import Foundation
import Glibc
package import Results

/// A figure for papers, as a script for gnuplot.
package struct Figure: Sendable {
    /// The file's name without its end.
    package let name: String
    package let width: Int
    package let height: Int
    /// Everything but the terminal and the output.
    let body: String

    init(name: String, width: Int = 900, height: Int, body: String) {
        self.name = name
        self.width = width
        self.height = height
        self.body = body
    }
}

/// What a figure can be written as.
package enum FigureFormat: String, CaseIterable, Sendable {
    case svg, png
}

extension Figure {
    /// The whole script; it writes the figure to the file `output` of the folder that it runs in.
    package func script(_ format: FigureFormat, output: String) -> String {
        let terminal =
            switch format {
            case .svg:
                "svg size \(width),\(height) dynamic font 'sans-serif,13' background rgb 'white'"
            case .png:
                "pngcairo size \(2 * width),\(2 * height) font 'sans-serif,20' "
                    + "background rgb 'white' fontscale 1.0 linewidth 1.6"
            }
        return """
            set terminal \(terminal)
            set output '\(output)'
            set encoding utf8
            set border 3 linecolor rgb '#666666'
            set tics nomirror out
            set key outside right top Left reverse noenhanced samplen 1.5
            set grid linecolor rgb '#dddddd'
            \(body)
            """
    }

    /// Draws the figure into a folder, by gnuplot.
    ///
    /// - Returns: the file's path.
    /// - Throws: when gnuplot is missing or fails, or the file cannot be written.
    package func draw(_ format: FigureFormat, in folder: String) throws(ResultError) -> String {
        let path = folder + "/\(name).\(format.rawValue)"
        let work = NSTemporaryDirectory() + "topple-figure-\(getpid())-\(UUID().uuidString)"
        guard mkdir(work, 0o700) == 0 else {
            throw ResultError(
                path: work, message: "cannot make this folder",
                remedy: "check that TMPDIR names a folder that you may write to")
        }
        defer { try? FileManager.default.removeItem(atPath: work) }
        let output = "figure.\(format.rawValue)"
        let done = Tool.run(
            "gnuplot", ["-"], input: script(format, output: output), folder: work, patience: 120)
        guard done != nil, let data = FileManager.default.contents(atPath: work + "/" + output),
            !data.isEmpty
        else {
            throw ResultError(
                path: path, message: "gnuplot did not draw it",
                remedy: "check that gnuplot is there and works (Debian: apt-get install "
                    + "gnuplot-nox), and that TMPDIR has room")
        }
        try writeFile(Array(data), path: path)
        return path
    }

    // MARK: Pieces of scripts

    /// Colours that the colour-blind can tell apart (Okabe and Ito).
    static let colours = [
        "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8f98", "#5b3a86",
    ]

    /// Text in double quotes.
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// A block of data that curves can name.
    static func data(_ name: String, _ rows: [String]) -> String {
        "$\(name) << EOD\n" + rows.joined(separator: "\n") + "\nEOD\n"
    }
}
