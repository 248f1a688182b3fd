import Kernel
import Model

/// Plays users against a make-believe service, without a process around them.
struct UserRun {
    let program: UserProgram
    var users: UserStreams
    var log: [Sent] = []
    var answers: [UserStreams.Answer] = []
    /// Answers on their way: by instant, then in order of sending.
    private var inFlight: [(instant: SimulatedInstant, call: UInt64, succeeded: Bool)] = []
    private(set) var now = SimulatedInstant.start

    struct Sent {
        var instant: SimulatedInstant
        var arrival: UserStreams.Arrival
    }

    init(_ arrivals: [ArrivalDescription], seed: UInt64 = 1) {
        program = UserProgram(arrivals, service: ServiceID(2), seed: seed)
        users = UserStreams(program)
    }

    /// Runs until `end`; `serve` says when a request sent at an instant is answered, and how.
    mutating func run(
        until end: SimulatedInstant,
        serve: (UserStreams.Arrival, SimulatedInstant) -> (SimulatedInstant, Bool)
    ) {
        while true {
            let answer = inFlight.last?.instant ?? .never
            let next = min(answer, users.nextInstant)
            guard next < end else { return }
            now = next
            if answer == now, let done = inFlight.popLast() {
                if let answer = users.answered(
                    done.call, succeeded: done.succeeded, at: now, program)
                {
                    answers.append(answer)
                }
                continue
            }
            let arrival = users.takeNext(at: now, program)
            log.append(Sent(instant: now, arrival: arrival))
            let (instant, succeeded) = serve(arrival, now)
            // The latest first, so that the next is at the end.
            let place = inFlight.firstIndex { $0.instant <= instant } ?? inFlight.count
            inFlight.insert((instant, arrival.call, succeeded), at: place)
        }
    }

    /// Runs with a service that answers every request with success after a fixed time.
    mutating func run(until end: SimulatedInstant, latency: SimulatedDuration) {
        run(until: end) { ($1 + latency, true) }
    }
}

func userStream(
    _ process: ArrivalDescription.Process, rate: Double = 0, population: Int = 0,
    think: Distribution = Distribution(.deterministic(value: 0))
) -> ArrivalDescription {
    var arrivals = ArrivalDescription(
        name: "users", process: process, profile: RateProfile(constant: rate))
    arrivals.population = population
    arrivals.think = think
    return arrivals
}
