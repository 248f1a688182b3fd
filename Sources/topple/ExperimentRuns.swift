import Experiments
import Processes
import Results
import Topology

extension ExperimentPlan {
    /// Makes the runs that `folder` lacks, one a core at a time, in this process.
    ///
    /// - Returns: all records, those of earlier attempts first.
    /// - Throws: ``UserError`` when it is interrupted or a run breaks a law, ``ResultError`` when a record
    ///   cannot be written.
    func execute(
        into folder: ExperimentFolder, isQuiet: Bool
    ) throws -> [ExperimentRecord] {
        for topology in topologies { try refuseExternal(topology.scaling) }
        let done = Set(folder.records.map { Cell(alternative: $0.alternative, seed: $0.seed) })
        let missing = cells.filter { !done.contains($0) }
        if !done.isEmpty, !isQuiet {
            writeError("\(cells.count - missing.count) of \(cells.count) runs are there already")
        }
        guard !missing.isEmpty else { return folder.records }
        let pool = RunPool(count: missing.count)
        let message = "interrupted: finished runs are in \(folder.path); the same command goes on"
        try pool.execute(isQuiet: isQuiet, interrupted: message) { index in
            let cell = missing[index]
            let topology = topologies[cell.alternative]
            let settings = settings(cell)
            guard
                let outcome = try runToEnd(
                    topology.model, topology.scaling, settings, in: pool)
            else { return }
            let record = ExperimentRecord(cell, topology, outcome, settings)
            try folder.append(record)
        }
        return folder.records
    }
}
