import Kernel
import Model
import Testing

@Suite("Rows: single-flight, locks, versions")
struct RowTests {
    @Test("The first to miss a key fetches it, the others wait and go on in order")
    func singleFlight() {
        var flights = FlightTable()
        check(flights.lead(5, 10))
        check(!flights.lead(5, 11))
        flights.join(5, 11)
        flights.join(5, 12)
        check(flights.lead(6, 13))
        #expect(flights.leader(of: 5) == 10 && flights.count == 2 && flights.waiting == 2)
        var waiters = flights.finish(5)
        // A waiter that finds the key gone again may fetch it while others are still being woken.
        check(flights.removeFirst(of: &waiters) == 11)
        check(flights.lead(5, 11))
        check(flights.removeFirst(of: &waiters) == 12)
        check(flights.removeFirst(of: &waiters) == nil)
        #expect(waiters.isEmpty)
        var nobody = flights.finish(7)
        check(flights.removeFirst(of: &nobody) == nil)
    }

    @Test("A waiter may leave, and the next in line may take a failed fetch over")
    func handOver() {
        var flights = FlightTable()
        check(flights.lead(1, 0))
        for job in Int32(1)...4 { flights.join(1, job) }
        check(flights.leave(1, 2) && flights.leave(1, 4) && !flights.leave(1, 9))
        check(flights.handOver(1) == 1)
        #expect(flights.leader(of: 1) == 1)
        flights.join(1, 5)
        check(flights.handOver(1) == 3)
        check(flights.handOver(1) == 5)
        check(flights.handOver(1) == nil)
        #expect(flights.count == 0 && flights.waiting == 0)
    }

    @Test("A lock goes to those who wait in the order in which they asked")
    func lockOrder() {
        var locks = LockTable()
        check(locks.acquire(3, 1))
        check(!locks.acquire(3, 2))
        check(!locks.acquire(3, 3))
        check(locks.acquire(4, 2))
        check(locks.release(3, 9) == nil && locks.holder(of: 3) == 1)
        check(locks.release(3, 1) == 2)
        check(locks.release(3, 2) == 3)
        check(locks.release(3, 3) == nil)
        #expect(locks.holder(of: 3) == nil && locks.count == 1)
    }

    @Test("Who holds a row may lock it again")
    func reentrance() {
        var locks = LockTable()
        check(locks.acquire(1, 7) && locks.acquire(1, 7))
        check(!locks.acquire(1, 8))
        check(locks.release(1, 7) == nil)
        #expect(locks.holder(of: 1) == 7)
        check(locks.release(1, 7) == 8)
    }

    @Test("Who gives up leaves the line, or passes the row on")
    func abandon() {
        var locks = LockTable()
        for job in Int32(1)...4 { _ = locks.acquire(0, job) }
        check(locks.abandon(0, 2) == nil)
        check(locks.abandon(0, 1) == 3)
        check(locks.abandon(0, 4) == nil)
        check(locks.abandon(0, 3) == nil)
        #expect(locks.count == 0 && locks.waiting == 0)
    }

    @Test("Locks do what lists of jobs do")
    func reference() throws {
        var random = RandomNumbers(seed: 11)
        var locks = LockTable()
        var lines: [UInt32: [Int32]] = [:]
        for step in 0..<20_000 {
            let key = UInt32(random.next() % 12)
            let line = lines[key] ?? []
            if random.isTrue(withProbability: 0.5) {
                let job = Int32(step)
                check(locks.acquire(key, job) == line.isEmpty)
                lines[key] = line + [job]
            } else if let job = line.randomElement(using: &random) {
                let next = locks.abandon(key, job)
                lines[key] = line.filter { $0 != job }
                #expect(next == (job == line[0] ? lines[key]?.first : nil))
            }
            if step % 1000 == 0 {
                let bytes = locks.encoded()
                locks = try LockTable(decoding: bytes)
                #expect(locks.encoded() == bytes)
            }
        }
        #expect(locks.waiting == lines.values.reduce(0) { $0 + max($1.count - 1, 0) })
    }

    @Test("Of two changes of one row that overlap, the one that ends first wins")
    func conflicts() {
        var rows = VersionTable()
        let first = rows.begin(1)
        let second = rows.begin(1)
        let other = rows.begin(2)
        check(rows.commit(1, since: second))
        check(!rows.commit(1, since: first))
        check(rows.commit(2, since: other))
        #expect(rows.count == 0)
        let third = rows.begin(1)
        let fourth = rows.begin(1)
        rows.abandon(1)
        check(third == fourth && rows.commit(1, since: third))
        check(!rows.commit(1, since: 0))
    }

    @Test("A row's version lasts as long as a job that saw it")
    func overlappingJobs() {
        var rows = VersionTable()
        var oldest = rows.begin(1)
        for _ in 0..<100 {
            let next = rows.begin(1)
            check(rows.commit(1, since: oldest))
            check(!rows.commit(1, since: next))
            oldest = rows.begin(1)
        }
        #expect(rows.count == 1)
    }

    @Test("Hostile bytes are refused or make tables that work")
    func hostileBytes() throws {
        var locks = LockTable()
        var flights = FlightTable()
        var rows = VersionTable()
        for job in Int32(0)..<40 {
            let key = UInt32(job % 7)
            _ = locks.acquire(key, job)
            if !flights.lead(key, job) { flights.join(key, job) }
            _ = rows.begin(key)
        }
        #expect(try VersionTable(decoding: rows.encoded()).encoded() == rows.encoded())
        Hostility.damage(locks) { locks in
            let (holding, waiting) = locks.jobs
            for job in holding + waiting {
                for key in UInt32(0)..<8 { _ = locks.abandon(key, job) }
            }
        }
        Hostility.damage(flights) { flights in
            for key in UInt32(0)..<8 {
                var waiters = flights.finish(key)
                while flights.removeFirst(of: &waiters) != nil {}
            }
        }
        Hostility.damage(rows) { rows in
            for (key, version, _) in rows.contents { _ = rows.commit(key, since: version) }
        }
    }
}
