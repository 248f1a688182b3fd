import Kernel
import Model

/// A replica's life on its own: alarms ring by themselves, and what it asks for is written down.
struct LifeRun {
    struct Entry: Equatable {
        var second: Double
        var actions: ReplicaActions
        init(_ second: Double, _ actions: ReplicaActions) {
            self.second = second
            self.actions = actions
        }
    }

    let program: LifeCycleProgram
    var life: ReplicaLife
    var log: [Entry] = []
    private(set) var now = SimulatedInstant.start
    /// How probes end, and when; `nil`: they never do.
    var answer: ((ProbeKind, SimulatedInstant) -> (succeeded: Bool, after: SimulatedDuration))?
    private var answers:
        [(at: SimulatedInstant, kind: ProbeKind, number: UInt32, succeeded: Bool)] = []

    init(
        _ description: LifeCycleDescription? = nil, seed: UInt64 = 1, service: Int = 0,
        replica: Int = 0, isCold: Bool = false
    ) {
        program = LifeCycleProgram(description, seed: seed, service: ServiceID(service))
        life = isCold ? ReplicaLife(absent: replica) : ReplicaLife(running: replica, program)
        if isCold { note(life.create(at: .start, program)) }
    }

    /// Runs to this second; what happens at it happens after that.
    mutating func run(to second: Double) {
        let end = SimulatedInstant.start + SimulatedDuration(seconds: second)
        while true {
            let next = answers.indices.min { answers[$0].at < answers[$1].at }
            let answerAt = next.map { answers[$0].at } ?? .never
            let instant = min(life.nextAlarm, answerAt)
            guard instant < end else { break }
            now = instant
            if let next, answerAt <= life.nextAlarm {
                let answer = answers.remove(at: next)
                note(
                    life.probeEnded(
                        answer.kind, number: answer.number, succeeded: answer.succeeded, at: now,
                        program))
            } else {
                note(life.alarm(at: now, program))
            }
        }
        now = end
    }

    mutating func note(_ actions: ReplicaActions) {
        if !actions.isEmpty { log.append(Entry(now.seconds, actions)) }
        for (kind, action) in [
            (ProbeKind.readiness, ReplicaActions.sendsReadinessProbe),
            (.liveness, .sendsLivenessProbe),
        ] where actions.contains(action) {
            guard let answer = answer?(kind, now) else { continue }
            answers.append(
                (now + answer.after, kind, life.probe(kind).number, answer.succeeded))
        }
    }

    mutating func crash() { note(life.crash(at: now, program)) }
    mutating func kill() { note(life.kill(at: now, program)) }
    mutating func stop(restarts: Bool) { note(life.stop(at: now, restarts: restarts, program)) }
    mutating func becameIdle() { note(life.becameIdle(at: now, program)) }
    mutating func hold() { note(life.hold(at: now, program)) }
    mutating func release() { note(life.release(at: now, program)) }

    /// The instants of these actions in the log, in seconds.
    func seconds(of action: ReplicaActions) -> [Double] {
        log.filter { $0.actions.contains(action) }.map(\.second)
    }
}

func seconds(_ value: Double) -> Distribution { Distribution(.deterministic(value: value)) }
