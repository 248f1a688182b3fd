import Kernel
import Model

/// A service's faults on their own, with the changes that they come to.
struct FaultRun {
    struct Entry: Equatable, CustomStringConvertible {
        var second: Double
        var fault: Int
        var begins: Bool
        init(_ second: Double, _ fault: Int, _ begins: Bool) {
            self.second = second
            self.fault = fault
            self.begins = begins
        }
        var description: String { "\(second) s: \(fault) \(begins ? "begins" : "ends")" }
    }

    let program: FaultProgram
    var timeline: FaultTimeline
    var log: [Entry] = []
    /// What conditions see, by the second.
    var metrics: (Double) -> FaultMetrics = { _ in FaultMetrics() }

    init(_ faults: [ServiceFault], seed: UInt64 = 1, service: Int = 0, peers: [Int] = [1, 2]) {
        program = FaultProgram(
            faults, seed: seed, service: ServiceID(service), replicas: 4, cores: 8,
            peers: peers.map { ServiceID($0) })
        timeline = FaultTimeline(program)
    }

    /// Takes all changes before this second.
    mutating func run(to second: Double) {
        let end = SimulatedInstant.start + SimulatedDuration(seconds: second)
        while timeline.nextInstant < end {
            let now = timeline.nextInstant
            while let change = timeline.takeNext(at: now, metrics: metrics(now.seconds), program) {
                log.append(Entry(now.seconds, change.fault, change.begins))
            }
        }
    }

    /// What is in effect at this second.
    mutating func effects(at second: Double) -> FaultEffects {
        run(to: second)
        return FaultEffects(timeline, program)
    }
}

/// From one second to another, or to the end.
func window(_ from: Double, _ until: Double?) -> FaultSchedule {
    .window(
        from: .start + SimulatedDuration(seconds: from),
        until: until.map { .start + SimulatedDuration(seconds: $0) })
}

func fault(_ effect: ServiceFaultEffect, _ schedule: FaultSchedule, number: Int = 0) -> ServiceFault
{
    ServiceFault(number: number, effect: effect, schedule: schedule)
}
