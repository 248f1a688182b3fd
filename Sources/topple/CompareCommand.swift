import ArgumentParser
import Results

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Sets runs side by side: finished ones, or a topology in several ways.",
        discussion: """
            EXAMPLES
              topple compare results/storm-seed1 results/storm-cured-seed1
              topple compare results/* --out comparison
              topple compare topologies/scaling/abcd-spike.yaml --vary scaling=hpa,coordinated --seeds 1..20
              topple compare FILE --vary scaling=hpa,coordinated --vary "services.*.lifeCycle.start=5 s,60 s"

            Of finished runs: users' calls and failures, error-seconds, latency, time to
            recover and cost, and how they differ from the first.

            With --vary every combination of the values is run once for each seed. What differs
            in the first variation only is compared with its first value, seed by seed:
            differences with 95% confidence intervals. Writes runs.csv, comparison.csv,
            comparison.json and, with gnuplot, figures. Runs are made in this process, one a
            core at a time; a comparison that was interrupted goes on when it is called again.
            """)

    @Argument(
        help: "Result folders, all compared with the first; with --vary a topology file.",
        completion: .file())
    var inputs: [String]

    @Option(
        help: ArgumentHelp(
            "What is varied: scaling (the policy), or the path of a value in the topology.",
            valueName: "KEY=A,B"))
    var vary: [String] = []

    @Option(help: "With --vary: the seeds, such as 1..20 or 1,2,5 (default: 1..5).")
    var seeds: SeedsArgument?

    @Option(
        help: "With --vary: how much time to simulate, such as \"10 min\" (default: the file's).")
    var duration: DurationArgument?

    @Option(
        help:
            "Where figures go (default: nowhere); with --vary the result folder (default: results/NAME-compare).",
        completion: .directory)
    var out: String?

    @Flag(help: "With --vary: replace another experiment in the result folder.")
    var force = false

    @Flag(name: .shortAndLong, help: "With --vary: print nothing but errors.")
    var quiet = false

    @Flag(help: "Print the comparison as JSON, and nothing else.")
    var json = false

    mutating func validate() throws {
        if vary.isEmpty {
            guard inputs.count >= 2 else {
                throw ValidationError(
                    "name at least two result folders, or a topology file with --vary")
            }
            guard seeds == nil, duration == nil, !force, !quiet else {
                throw ValidationError("--seeds, --duration, --force and --quiet need --vary")
            }
        } else if inputs.count != 1 {
            throw ValidationError("with --vary name one topology file")
        }
    }

    func run() throws {
        try reportingErrors {
            do {
                if vary.isEmpty {
                    try RunsComparison(folders: inputs, isJSON: json, out: out).run()
                } else {
                    try ExperimentRun(
                        file: inputs[0], vary: vary,
                        seeds: (seeds ?? SeedsArgument(1...5)).seeds, duration: duration?.duration,
                        out: out, force: force, quiet: quiet, json: json
                    ).run()
                }
            } catch let error as ResultError {
                throw UserError(text: "\(error)", code: .badInput)
            }
        }
    }
}
