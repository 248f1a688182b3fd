import Kernel
import Model
import Testing

private func at(_ milliseconds: Int64) -> SimulatedInstant { .start + .milliseconds(milliseconds) }

/// Fires everything until nothing happens by itself; the calls that end, and when.
private func drain(_ pacer: inout Pacer) -> [UInt64: SimulatedInstant] {
    var ends: [UInt64: SimulatedInstant] = [:]
    while pacer.nextEvent != .never {
        let now = pacer.nextEvent
        while let gone = pacer.fire(at: now) { ends[gone.call] = now }
    }
    return ends
}

@Suite("Cores that slow down, stop and go on")
struct PacerTests {
    @Test("A change of speed counts from its instant on")
    func speedChangesMidway() {
        var pacer = Pacer(cores: 1)
        pacer.start(job: 0, call: 1, work: .milliseconds(10), at: at(0))
        pacer.setSpeed(0.5, at: at(4))
        #expect(pacer.nextEvent == at(16))
        pacer.setSpeed(0, at: at(6))
        #expect(pacer.nextEvent == .never)
        pacer.setSpeed(2, at: at(100))
        #expect(drain(&pacer) == [1: SimulatedInstant(nanoseconds: 102_500_000)])
        #expect(pacer.usage(at: at(200)).coreTime == 102_500_000)
    }

    @Test("Two jobs on one core take twice as long, and the survivor speeds up")
    func sharing() {
        var pacer = Pacer(cores: 1)
        pacer.start(job: 0, call: 1, work: .milliseconds(10), at: at(0))
        pacer.start(job: 1, call: 2, work: .milliseconds(4), at: at(2))
        #expect(pacer.nextEvent == at(10))
        #expect(drain(&pacer) == [1: at(14), 2: at(10)])
    }

    @Test("A job that is taken away tells what is left and what it used; the others go on faster")
    func removal() {
        var pacer = Pacer(cores: 1, speed: 0.5)
        pacer.start(job: 0, call: 1, work: .milliseconds(10), at: at(0))
        pacer.start(job: 7, call: 2, work: .milliseconds(10), at: at(0))
        let gone = pacer.remove(call: 2, at: at(8))
        #expect(gone?.job == 7 && gone?.call == 2)
        #expect(gone?.remaining == .milliseconds(8) && gone?.coreTime == .milliseconds(4))
        #expect(pacer.remove(call: 2, at: at(8)) == nil)
        #expect(drain(&pacer) == [1: at(24)])
    }

    @Test("A larger quota counts at once: jobs that stood still go on in the same period")
    func largerQuota() {
        var pacer = Pacer(
            cores: 1, limit: CPULimit(quota: .milliseconds(20), period: .milliseconds(100)))
        pacer.start(job: 0, call: 1, work: .milliseconds(60), at: at(0))
        pacer.setQuota(.milliseconds(50), at: at(30))
        #expect(drain(&pacer) == [1: at(70)])
        #expect(pacer.usage(at: at(70)).throttledTime == 10_000_000)
    }

    @Test("A smaller quota counts from now on: the job goes on for as long, then stands still")
    func smallerQuota() {
        var pacer = Pacer(
            cores: 1, limit: CPULimit(quota: .milliseconds(80), period: .milliseconds(100)))
        pacer.start(job: 0, call: 1, work: .milliseconds(100), at: at(0))
        pacer.setQuota(.milliseconds(20), at: at(10))
        // 30 ms in the first period, then 20 in each.
        #expect(drain(&pacer) == [1: at(410)])
    }

    @Test("Without a limit there is no quota to change")
    func noQuota() {
        var pacer = Pacer(cores: 1)
        let before = pacer.encoded()
        pacer.setQuota(.milliseconds(1), at: at(0))
        #expect(pacer.encoded() == before)
    }

    @Test("Jobs that end at one instant leave in the order of their calls")
    func ties() {
        var pacer = Pacer(cores: 4)
        for call: UInt64 in [9, 3, 5, 4] {
            pacer.start(job: 0, call: call, work: .milliseconds(1), at: at(0))
        }
        var order: [UInt64] = []
        while let gone = pacer.fire(at: at(1)) { order.append(gone.call) }
        #expect(order == [3, 4, 5, 9])
        #expect(pacer.nextEvent == .never)
    }

    @Test("A pause stops all jobs, and one within another adds to it")
    func pauses() {
        var pacer = Pacer(cores: 2)
        pacer.start(job: 0, call: 1, work: .milliseconds(10), at: at(0))
        pacer.pause(for: .milliseconds(20), at: at(4))
        #expect(pacer.isPaused(at: at(23)))
        pacer.pause(for: .milliseconds(5), at: at(10))
        pacer.start(job: 1, call: 2, work: .milliseconds(1), at: at(11))
        #expect(drain(&pacer) == [1: at(35), 2: at(30)])
        let usage = pacer.usage(at: at(40))
        #expect(usage.pausedTime == 25_000_000 && usage.coreTime == 11_000_000)
    }

    @Test("Cores that are taken away leave the rest to share; without any, nothing goes on")
    func coresChange() {
        var pacer = Pacer(cores: 2)
        for call: UInt64 in [1, 2] {
            pacer.start(job: 0, call: call, work: .milliseconds(10), at: at(0))
        }
        #expect(!pacer.hasFreeCore && pacer.busyCores == 2)
        pacer.setCores(1, at: at(5))
        pacer.setCores(0, at: at(7))
        #expect(pacer.nextEvent == .never && pacer.busyCores == 0)
        pacer.setCores(2, at: at(100))
        #expect(drain(&pacer) == [1: at(104), 2: at(104)])
    }

    @Test("A replica that dies loses its jobs and its pause")
    func death() {
        var pacer = Pacer(cores: 1)
        pacer.start(job: 0, call: 1, work: .milliseconds(10), at: at(0))
        pacer.pause(for: .seconds(1), at: at(1))
        pacer.clear(at: at(2))
        #expect(pacer.nextEvent == .never && pacer.count == 0)
        pacer.start(job: 0, call: 2, work: .milliseconds(1), at: at(3))
        #expect(drain(&pacer) == [2: at(4)])
    }

    @Test("Work beyond all bounds never ends, and does no harm")
    func extremes() {
        var pacer = Pacer(cores: .max, speed: 1e-300)
        let end = SimulatedInstant(nanoseconds: .max)
        pacer.start(
            job: 0, call: 1, work: SimulatedDuration(nanoseconds: .max), at: at(0))
        pacer.start(
            job: 0, call: 2, work: SimulatedDuration(nanoseconds: .min), at: at(1))
        #expect(pacer.nextEvent == at(1))
        #expect(pacer.fire(at: at(1))?.call == 2)
        #expect(pacer.nextEvent == .never)
        pacer.setSpeed(.infinity, at: SimulatedInstant(nanoseconds: .max - 1))
        #expect(pacer.fire(at: end) == nil)
        pacer.pause(for: SimulatedDuration(nanoseconds: .max), at: end)
        pacer.setSpeed(.nan, at: end)
        #expect(pacer.remove(call: 1, at: at(0))?.job == 0)
    }
}

@Suite("CPU limits")
struct CPULimitTests {
    private func limit(_ quota: Int64) -> CPULimit { CPULimit(quota: .milliseconds(quota)) }

    @Test("Half a core is 50 ms of 100 on one thread, a tenth is 10 ms")
    func singleThread() {
        for (quota, work, end) in [(Int64(50), Int64(120), Int64(220)), (10, 30, 210)] {
            var pacer = Pacer(cores: 1, limit: limit(quota))
            pacer.start(job: 0, call: 1, work: .milliseconds(work), at: at(0))
            #expect(drain(&pacer) == [1: at(end)])
            let usage = pacer.usage(at: at(1_000))
            #expect(usage.coreTime == UInt64(work) * 1_000_000)
            #expect(usage.throttledTime == UInt64(end - work) * 1_000_000)
        }
    }

    @Test("Threads use up the quota together, and a period that began idle has all of it")
    func sharedQuota() {
        var pacer = Pacer(cores: 2, limit: limit(100))
        for call: UInt64 in [1, 2] {
            pacer.start(job: 0, call: call, work: .milliseconds(80), at: at(0))
        }
        #expect(drain(&pacer) == [1: at(130), 2: at(130)])
        pacer = Pacer(cores: 1, limit: limit(50))
        pacer.start(job: 0, call: 1, work: .milliseconds(30), at: at(995))
        #expect(drain(&pacer) == [1: at(1_025)])
        #expect(pacer.usage(at: at(2_000)).throttledTime == 0)
    }

    @Test("The quota is of core time: a slow replica gets less done with it")
    func slowReplica() {
        var pacer = Pacer(cores: 1, limit: limit(50), speed: 0.5)
        pacer.start(job: 0, call: 1, work: .milliseconds(40), at: at(0))
        #expect(drain(&pacer) == [1: at(130)])
    }

    @Test("A pause costs no quota")
    func pauseIsFree() {
        var pacer = Pacer(cores: 1, limit: limit(50))
        pacer.start(job: 0, call: 1, work: .milliseconds(60), at: at(0))
        pacer.pause(for: .milliseconds(30), at: at(10))
        #expect(drain(&pacer) == [1: at(110)])
    }

    @Test("What cores overrun in a nanosecond is paid back: the quota holds in the long run")
    func overrun() {
        var pacer = Pacer(cores: 3, limit: limit(50))
        for call: UInt64 in [1, 2, 3] {
            pacer.start(job: 0, call: call, work: .seconds(1_000), at: at(0))
        }
        while pacer.nextEvent < at(100_000) { #expect(pacer.fire(at: pacer.nextEvent) == nil) }
        let used = Int64(pacer.usage(at: at(99_999)).coreTime)
        #expect((0..<3).contains(used - 1_000 * 50_000_000))
    }

    @Test("A quota that cannot be used up makes no events")
    func ampleQuota() {
        var pacer = Pacer(cores: 4, limit: limit(400))
        pacer.start(job: 0, call: 1, work: .seconds(5), at: at(30))
        #expect(pacer.nextEvent == at(5_030))
    }
}
