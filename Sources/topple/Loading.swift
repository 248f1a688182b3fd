import ArgumentParser
import Kernel
import Topology

/// Reads a topology, or says everything that is wrong with it.
func loadTopology(_ path: String) throws -> TopologyFile {
    do throws(TopologyError) {
        return try TopologyFile.load(path: path)
    } catch {
        throw UserError(text: error.description, code: .badInput)
    }
}

/// A duration given on the command line, such as "10 min".
struct DurationArgument: ExpressibleByArgument {
    let duration: SimulatedDuration

    init?(argument: String) {
        guard let duration = try? Quantity.duration(argument, isPositive: true) else { return nil }
        self.duration = duration
    }
}

/// Where the services run.
struct PlacementArgument: ExpressibleByArgument, CustomStringConvertible {
    enum Choice: Equatable {
        case service
        case packed(Int)
        case inProcess
    }
    let choice: Choice

    init(_ choice: Choice) { self.choice = choice }

    init?(argument: String) {
        switch argument {
        case "service": choice = .service
        case "in-process": choice = .inProcess
        default:
            guard let count = Int(argument), count > 0, count <= 65_535 else { return nil }
            choice = .packed(count)
        }
    }

    var description: String {
        switch choice {
        case .service: "service"
        case .packed(let count): String(count)
        case .inProcess: "in-process"
        }
    }
}

/// How workers are kept in step.
enum SyncArgument: String, ExpressibleByArgument, CaseIterable {
    case optimistic, conservative
}
