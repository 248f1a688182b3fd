import Kernel
import Model
import Testing

@Suite("Users who wait for their answers")
struct ClosedPopulationTests {
    @Test("A closed population stays whole, and its throughput is that of mean value analysis")
    func closedNetwork() {
        var run = UserRun([
            userStream(.closed, population: 20, think: Distribution(.exponential(mean: 1)))
        ])
        var isFree = SimulatedInstant.start
        run.run(until: .start + .seconds(20_000)) { arrival, now in
            let draw = DrawKey(seed: 9, identity: arrival.call, purpose: .serviceTime)
            isFree = max(isFree, now) + SimulatedDuration(seconds: 0.06 * draw.exponential())
            return (isFree, true)
        }
        #expect(run.users.waitingCount + run.users.thinkingCount == 20)
        #expect(run.users.fits(run.program))
        let network = ClosedNetwork([.init(demand: 0.06)], think: 1, population: 20)
        let throughput = Double(run.answers.count) / 20_000
        #expect(abs(throughput / network.throughput - 1) < 0.01, "\(throughput)")
        // Every user sends its requests one after another, each under a number of its own.
        let numbers = run.log.map { RequestIdentity.number(of: $0.arrival.request) }
        #expect(Set(numbers).count == numbers.count)
        for user in UInt64(0)..<20 {
            let own = numbers.filter { $0 % 20 == user }
            #expect(own == (0..<UInt64(own.count)).map { $0 * 20 + user })
        }
    }

    @Test("One user's late answer changes no other user's requests")
    func independence() {
        func requests(delayed: Bool) -> [UserRun.Sent] {
            var run = UserRun([
                userStream(.closed, population: 5, think: Distribution(.exponential(mean: 1)))
            ])
            run.run(until: .start + .seconds(50)) { arrival, now in
                let user = RequestIdentity.number(of: arrival.request) % 5
                return (now + .milliseconds(delayed && user == 3 ? 900 : 100), true)
            }
            return run.log.filter { RequestIdentity.number(of: $0.arrival.request) % 5 != 3 }
        }
        let (plain, delayed) = (requests(delayed: false), requests(delayed: true))
        #expect(plain.map(\.arrival) == delayed.map(\.arrival))
        #expect(plain.map(\.instant) == delayed.map(\.instant))
    }

    @Test("Users begin spread out over a think time")
    func staggeredStart() {
        let run = UserRun([
            userStream(.closed, population: 1000, think: Distribution(.deterministic(value: 10)))
        ])
        var copy = run
        copy.users.prepareForChanges()
        copy.run(until: .start + .seconds(5), latency: .seconds(1))
        #expect((430...570).contains(copy.log.count))
        #expect(run.users.thinkingCount == 1000)
    }

    @Test("Paced users lose no request to a stall: latency counts from when each was meant")
    func coordinatedOmission() {
        // Gil Tene's example: a request every 10 ms, answered in 1 ms, but a stall of 1 s at 5 s.
        var run = UserRun([
            userStream(.paced, population: 1, think: Distribution(.deterministic(value: 0.010)))
        ])
        let stall = SimulatedInstant.start + .seconds(5)
        run.run(until: .start + .seconds(20)) { _, now in
            now >= stall && now < stall + .seconds(1)
                ? (stall + .seconds(1), true) : (now + .milliseconds(1), true)
        }
        let meant = run.log.map(\.arrival.intended)
        #expect(zip(meant, meant.dropFirst()).allSatisfy { $1 - $0 == .milliseconds(10) })
        #expect((1999...2000).contains(run.log.count))
        // The stalled one and the backlog behind it: 111 requests are late, half a second on average.
        let late = run.log.filter { $0.instant > $0.arrival.intended }
        #expect((100...115).contains(late.count))
        let delay = late.reduce(0) { $0 + ($1.instant - $1.arrival.intended).seconds }
        #expect(abs(delay / Double(late.count) - 0.5) < 0.02)
    }

    @Test("A session has a geometric number of requests of the given mean, with thinking between")
    func sessions() {
        var arrivals = userStream(
            .sessions, rate: 20, think: Distribution(.deterministic(value: 0.25)))
        arrivals.requestsPerSession = 5
        var run = UserRun([arrivals])
        run.run(until: .start + .seconds(500), latency: .milliseconds(50))
        var sessions: [UInt64: [SimulatedInstant]] = [:]
        for sent in run.log {
            sessions[sent.arrival.request >> 8, default: []].append(sent.instant)
        }
        let complete = Double(sessions.count)
        #expect(abs(complete - 10_000) < 400)
        #expect(abs(Double(run.log.count) / complete - 5) < 0.2)
        // Geometric: a share of 1/5 has one request only, and the variance is m (m - 1).
        #expect(abs(Double(sessions.values.count { $0.count == 1 }) / complete - 0.2) < 0.015)
        let squares = sessions.values.reduce(0) { $0 + Double($1.count * $1.count) } / complete
        #expect(abs(squares - 45) < 4)
        for instants in sessions.values {
            #expect(
                zip(instants, instants.dropFirst()).allSatisfy { $1 - $0 == .milliseconds(300) })
        }
    }

    @Test("Who gives up leaves a session, but not a closed population")
    func givingUp() {
        var sessions = userStream(.sessions, rate: 20)
        sessions.requestsPerSession = 100
        sessions.retries = 1
        var run = UserRun([sessions])
        run.run(until: .start + .seconds(50)) { ($1 + .milliseconds(1), false) }
        #expect(Set(run.answers.map(\.continuation)) == [.triesAgain, .leaves])
        #expect(run.log.allSatisfy { RequestIdentity.number(of: $0.arrival.request) & 0xF == 0 })

        var closed = userStream(.closed, population: 3, think: Distribution(.exponential(mean: 1)))
        closed.retries = 1
        run = UserRun([closed])
        run.run(until: .start + .seconds(50)) { ($1 + .milliseconds(1), false) }
        #expect(Set(run.answers.map(\.continuation)) == [.triesAgain, .goesOn])
        #expect(run.users.fits(run.program))
    }

    @Test("Users who do not think and are refused at once do not stop the clock")
    func noTime() {
        var run = UserRun([userStream(.closed, population: 2), userStream(.paced, population: 2)])
        run.run(until: .start + .milliseconds(10)) { ($1, false) }
        #expect(run.log.count == 400)
    }

    @Test("Users go on where they were when they are written and read")
    func coding() throws {
        var sessions = userStream(.sessions, rate: 20, think: Distribution(.exponential(mean: 0.1)))
        sessions.requestsPerSession = 4
        sessions.retries = 2
        sessions.retryDelay = Distribution(.exponential(mean: 0.1))
        var modulated = userStream(.modulated, rate: 50)
        modulated.states = [
            ModulationState(factor: 0, stay: .seconds(1)),
            ModulationState(factor: 3, stay: .seconds(1)),
        ]
        let think = Distribution(.exponential(mean: 0.5))
        let everyone = [
            userStream(.poisson, rate: 5), userStream(.closed, population: 6, think: think),
            sessions,
            modulated, userStream(.paced, population: 3, think: think),
        ]
        let serve = { (arrival: UserStreams.Arrival, now: SimulatedInstant) in
            (now + .milliseconds(Int64(arrival.call % 400)), arrival.call % 3 > 0)
        }
        var run = UserRun(everyone)
        run.run(until: .start + .seconds(10), serve: serve)
        let bytes = run.users.encoded()
        var other = run
        other.users = try UserStreams(decoding: bytes)
        #expect(other.users.encoded() == bytes && other.users.fits(run.program))
        run.users.prepareForChanges()
        run.run(until: .start + .seconds(20), serve: serve)
        other.run(until: .start + .seconds(20), serve: serve)
        #expect(run.log.map(\.arrival) == other.log.map(\.arrival))
        #expect(run.users.encoded() == other.users.encoded())

        let program = run.program
        Hostility.damage(run.users, times: 1500) { users in
            guard users.fits(program) else { return }
            for _ in 0..<50 where users.nextInstant < .start + .seconds(3600) {
                let now = users.nextInstant
                let arrival = users.takeNext(at: now, program)
                _ = users.answered(arrival.call, succeeded: false, at: now, program)
            }
        }
        #expect(!run.users.fits(UserProgram(Array(everyone[1...]), service: .init(2), seed: 1)))
        #expect(!run.users.fits(UserProgram(everyone, service: .init(3), seed: 1)))
    }
}
