import Foundation
import Glibc

/// The program that draws figures for papers.
package enum Gnuplot {
    /// Kinds of files, by the end of their names.
    package enum Kind: String, CaseIterable, Sendable {
        case svg, png

        /// The terminal of a figure of this many points; a PNG has twice as many pixels.
        package func terminal(width: Int, height: Int) -> String {
            switch self {
            case .svg:
                "set terminal svg size \(width),\(height) dynamic font 'sans-serif,13' "
                    + "background rgb 'white'"
            case .png:
                "set terminal pngcairo size \(2 * width),\(2 * height) font 'sans-serif,20' "
                    + "background rgb 'white'"
            }
        }
    }

    /// Colours that stay apart for the colour-blind: Okabe and Ito, *Color Universal Design* (2008).
    package static let colours = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#a6761d",
    ]

    /// Runs a script in a folder.
    ///
    /// - Returns: why there is no figure, or `nil` when it is there.
    package static func draw(_ script: String, in folder: String) throws(ResultError) -> String? {
        let name = ".plot-\(getpid()).gnuplot"
        try FileAccess.write(Array(script.utf8), path: folder + "/" + name)
        defer { unlink(folder + "/" + name) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gnuplot", name]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return "gnuplot could not be started" }
        process.waitUntilExit()
        return switch process.terminationStatus {
        case 0: nil
        case 127: "gnuplot is not installed (Debian: apt-get install gnuplot-nox)"
        default: "gnuplot failed with status \(process.terminationStatus)"
        }
    }

    /// A text inside double quotes of a script.
    package static func quoted(_ text: String) -> String {
        "\""
            + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: " ") + "\""
    }
}
