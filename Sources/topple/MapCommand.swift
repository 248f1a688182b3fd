import ArgumentParser
import Foundation
import Kernel
import Processes
import Results
import Topology

struct MapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Sweeps load against the length of the trigger: stable, vulnerable, metastable.",
        discussion: """
            EXAMPLES
              topple map topologies/r4x-storm.yaml --load 50..110%:10 --trigger 0..6s:1
              topple map topologies/r4x-storm.yaml --load 60..100%:5 --trigger 0..4s:1 --seeds 5

            Scales all users by the load, and gives every spike of users' requests and every
            fault with `until` the length of the trigger. A load is stable when the system
            comes back after every trigger of the map. Where a trigger tips it for good it is
            metastable; shorter triggers at the same load find it vulnerable. The hidden
            capacity is the largest stable load.

            Writes map.csv, map.json, and with gnuplot map.svg and map.png. Runs are made in
            this process, one a core at a time.
            """)

    @Argument(help: "The topology file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: ArgumentHelp("Loads in percent of the file's.", valueName: "A..B%:STEP"))
    var load = SweepArgument(from: 50, through: 150, step: 10, unit: .percent)

    @Option(help: ArgumentHelp("Lengths of the trigger.", valueName: "A..Bs:STEP"))
    var trigger = SweepArgument(from: 0, through: 60, step: 10, unit: .seconds)

    @Option(help: "How many seeds for each load and trigger; the majority decides.")
    var seeds = 1

    @Option(help: "The first seed (default: the file's, or 1).")
    var seed: UInt64?

    @Option(help: "The result folder (default: results/NAME-map).", completion: .directory)
    var out: String?

    @Flag(help: "Replace the result folder if it exists.")
    var force = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    mutating func validate() throws {
        guard load.unit == .percent, load.values.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--load takes percentages above 0 such as \"50..150%:10\"")
        }
        guard trigger.unit == .seconds else {
            throw ValidationError("--trigger takes times such as \"0..60s:10\"")
        }
        guard seeds >= 1,
            load.values.count * trigger.values.count * seeds <= LoadMapPlan.mostRuns
        else { throw ValidationError("a map has 1 to \(LoadMapPlan.mostRuns) runs") }
    }

    func run() throws {
        try reportingErrors {
            let topology = try loadTopology(file)
            do { try draw(topology) } catch let error as ResultError {
                throw UserError(text: "\(error)", code: .badInput)
            }
        }
    }

    private func draw(_ topology: TopologyFile) throws {
        let first = seed ?? topology.seed ?? 1
        let plan = try LoadMapPlan(
            topology, loads: load.values.map { $0 / 100 },
            triggers: trigger.values.map { SimulatedDuration(seconds: $0) },
            seeds: (0..<seeds).map { first &+ UInt64($0) })
        let path = out ?? "results/\(topology.name)-map"
        let staged = try ResultFolder.stage(at: path, force: force)
        defer { staged.abandon() }
        let recoveries = try plan.execute(isQuiet: quiet)
        let map = LoadMap(plan, recoveries: recoveries)
        try staged.write(map)
        try staged.write(topology: topology)
        let problem = try staged.draw(map)
        try staged.commit()
        if !quiet {
            for line in map.lines { writeOutput(line) }
            writeOutput("results  \(path)")
        }
        if let problem { writeError("no map.svg and map.png: \(problem)") }
    }
}
