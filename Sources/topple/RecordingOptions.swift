import ArgumentParser
import Coordination
import Kernel
import Results

/// What is recorded of a run, and where besides its folder.
struct RecordingOptions: ParsableArguments {
    @Option(
        help: """
            Length of the intervals of time series, such as \"1 s\" (default: whole seconds that cut the \
            run into at most 600).
            """)
    var resolution: DurationArgument?

    @Flag(help: "Write no time series, only totals.")
    var noSeries = false

    @Option(help: "Also add the run to this database of many runs.", completion: .file())
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Note NAME=VALUE with the run, to find it among others; may be repeated.",
            valueName: "name=value"))
    var label: [String] = []

    @Flag(help: "Record every event in the result folder (32 bytes each), for topple diff.")
    var recordEvents = false

    mutating func validate() throws {
        for label in label where !label.dropFirst().contains("=") {
            throw ValidationError("--label takes NAME=VALUE, not \"\(label)\"")
        }
        if noSeries, resolution != nil {
            throw ValidationError("--resolution and --no-series exclude each other")
        }
    }

    /// By name; of labels with one name the last.
    var labels: [String: String] {
        label.reduce(into: [:]) { labels, label in
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            labels[String(parts[0])] = String(parts[1])
        }
    }

    /// Settings of a run that is recorded so, and the length of its intervals.
    func settings(
        seed: UInt64, duration: SimulatedDuration
    ) throws -> (settings: RunSettings, resolution: SimulatedDuration) {
        let checkpoint = RunSettings.checkpointInterval(for: duration)
        let resolution = resolution?.duration ?? checkpoint
        let (longer, shorter) = (max(resolution, checkpoint), min(resolution, checkpoint))
        guard longer.nanoseconds % shorter.nanoseconds == 0, resolution >= .milliseconds(1) else {
            throw UserError(
                text: "--resolution: this run has checkpoints every "
                    + "\(CSVText.instant(.start + checkpoint)) s; choose a whole fraction of that, "
                    + "of at least 1 ms, or a multiple",
                code: .badInput)
        }
        let settings = RunSettings(
            seed: seed, duration: duration, checkpointInterval: checkpoint,
            sampleInterval: noSeries ? checkpoint : shorter, streamsSamples: !noSeries,
            recordsEvents: recordEvents)
        return (settings, resolution)
    }
}
