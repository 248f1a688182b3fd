import Kernel
import Testing

private struct Record: KeyedRecord, Hashable {
    var key: UInt64
    var value: Int
    static var empty: Record { Record(key: 0, value: 0) }
}

@Suite("Tables")
struct TableTests {
    /// Keys that are well mixed, and keys that all collide.
    @Test(
        "A keyed table is a dictionary", arguments: [0xFFFF_FFFF_FFFF_FFFF, 0xFF00_0000_0000_000F])
    func keyedTable(mask: UInt64) {
        for seed in UInt64(0)..<30 {
            var numbers = TestNumbers(seed: seed)
            var table = KeyedTable<Record>()
            var model: [UInt64: Record] = [:]
            var keys: [UInt64] = []
            for value in 0..<2000 {
                if numbers.uniform() < 0.55 {
                    let key = numbers.next() & mask
                    if key == 0 || model[key] != nil { continue }
                    let record = Record(key: key, value: value)
                    table.insert(record)
                    model[key] = record
                    keys.append(key)
                } else if !keys.isEmpty {
                    let key = keys.remove(at: Int.random(in: keys.indices, using: &numbers))
                    #expect(table.remove(key, if: { $0.key != key }) == nil)
                    #expect(table.remove(key) == model.removeValue(forKey: key))
                    #expect(table.remove(key) == nil)
                }
                #expect(table.count == model.count)
                if let key = keys.randomElement(using: &numbers) {
                    #expect(table.record(key) == model[key])
                }
            }
            #expect(table.sortedRecords == model.values.sorted { $0.key < $1.key })
        }
    }

    @Test("A copy of a keyed table that was prepared changes alone")
    func keyedCopies() {
        var table = KeyedTable<Record>()
        for key in UInt64(1)...100 { table.insert(Record(key: key, value: Int(key))) }
        let snapshot = table
        table.prepareForChanges()
        for key in UInt64(1)...50 { _ = table.remove(key) }
        #expect(table.count == 50 && snapshot.count == 100)
        #expect(snapshot.record(7)?.value == 7)
        #expect(table.record(7) == nil)
    }

    @Test("A slot table finds what was put into a slot, and uses slots again")
    func slotTable() {
        var numbers = TestNumbers(seed: 12)
        var table = SlotTable<Int>()
        var model: [Int32: Int] = [:]
        for value in 0..<5000 {
            if numbers.uniform() < 0.52 {
                let slot = table.insert(value)
                #expect(model[slot] == nil)
                model[slot] = value
            } else if let slot = model.keys.sorted().randomElement(using: &numbers) {
                #expect(table[slot] == model[slot])
                table[slot] += 1
                #expect(table[slot] == model.removeValue(forKey: slot).map { $0 + 1 })
                table.remove(slot)
            }
            #expect(table.count == model.count)
        }
        #expect(table.storage.elements.count < 1000)
        let (elements, freeSlots) = table.storage
        let restored = SlotTable(elements: elements, freeSlots: freeSlots)
        for (slot, value) in model { #expect(restored[slot] == value) }
    }
}

@Suite("Queues and arrays of trivial values")
struct SequenceTests {
    @Test("A chunked queue is a queue, and its copies are independent")
    func chunkedQueue() {
        for seed in UInt64(0)..<40 {
            var numbers = TestNumbers(seed: seed)
            var queue = ChunkedQueue<Int>()
            var model: [Int] = []
            var copies: [(queue: ChunkedQueue<Int>, model: [Int])] = []
            let growth = seed % 2 == 0 ? 0.6 : 0.45
            for value in 0..<3000 {
                if numbers.uniform() < growth {
                    queue.append(value)
                    model.append(value)
                } else if !model.isEmpty {
                    #expect(queue.first == model.first)
                    #expect(queue.removeFirst() == model.removeFirst())
                }
                #expect(queue.count == model.count && queue.isEmpty == model.isEmpty)
                if value % 500 == 250 { copies.append((queue, model)) }
                if value % 500 == 499, var copy = copies.last {
                    for _ in 0..<min(140, copy.model.count) {
                        #expect(copy.queue.removeFirst() == copy.model.removeFirst())
                    }
                    copy.queue.append(-1)
                    #expect(copy.queue.elements == copy.model + [-1])
                }
            }
            #expect(queue.elements == model)
            for copy in copies { #expect(copy.queue.elements == copy.model) }
        }
    }

    @Test("Elements of an empty chunked queue are none")
    func emptyChunkedQueue() {
        var queue = ChunkedQueue<Int>()
        #expect(queue.elements.isEmpty && queue.first == nil)
        for value in 0..<128 { queue.append(value) }
        for _ in 0..<128 { _ = queue.removeFirst() }
        #expect(queue.elements.isEmpty && queue.first == nil)
        queue.append(5)
        #expect(queue.elements == [5])
    }

    @Test("A trivial array does what an array does")
    func trivialArray() {
        var numbers = TestNumbers(seed: 2)
        var array = TrivialArray<Int>()
        var model: [Int] = []
        for value in 0..<3000 {
            switch Int.random(in: 0..<8, using: &numbers) {
            case 0, 1, 2:
                array.append(value)
                model.append(value)
            case 3:
                #expect(array.popLast() == model.popLast())
            case 4:
                let more = Array(0..<Int.random(in: 0..<20, using: &numbers))
                array.append(contentsOf: TrivialArray(more))
                model += more
            case 5 where !model.isEmpty:
                let index = Int.random(in: model.indices, using: &numbers)
                array[index] += 1
                model[index] += 1
                #expect(array.pointer(to: index).pointee == model[index])
            case 6:
                let count = Int.random(in: 0...min(10, model.count), using: &numbers)
                array.removeFirst(count)
                model.removeFirst(count)
            default:
                let count = max(0, model.count - Int.random(in: 0..<30, using: &numbers))
                array.truncate(to: count)
                model.removeLast(model.count - count)
            }
            #expect(array.count == model.count && array.last == model.last)
            #expect(array.elements.elementsEqual(model))
        }
    }

    @Test("A prepared copy of a trivial array changes alone")
    func trivialCopies() {
        var array = TrivialArray([1, 2, 3])
        let copy = array
        array.prepareForChanges()
        array[0] = 9
        array.append(4)
        #expect(Array(copy.elements) == [1, 2, 3])
        #expect(Array(array.elements) == [9, 2, 3, 4])
        var other = copy
        other.prepareForChanges()
        other.removeAll()
        #expect(copy.count == 3 && other.isEmpty)
    }

    @Test("Copies of an array without room need no preparation, and grow apart")
    func emptyTrivialArray() {
        var array = TrivialArray<Int>()
        var copy = array
        array.append(1)
        copy.append(contentsOf: TrivialArray([2, 3]))
        #expect(Array(array.elements) == [1])
        #expect(Array(copy.elements) == [2, 3])
        var none = TrivialArray<Int>()
        none.removeAll()
        none.truncate(to: 0)
        #expect(none.popLast() == nil && none.last == nil && none.elements.isEmpty)
        none.reserveCapacity(3)
        none.append(4)
        #expect(Array(none.elements) == [4])
    }

    @Test("A prepared copy of a fixed array changes alone, down to its elements")
    func fixedArray() {
        var array = FixedArray([TrivialArray([1]), TrivialArray([2])])
        let copy = array
        array.prepareForChanges()
        array[0].prepareForChanges()
        array[0].append(5)
        #expect(Array(array[0].elements) == [1, 5])
        #expect(Array(copy[0].elements) == [1])
        #expect(FixedArray([Int]()).count == 0)
    }
}

@Suite("Simulated time")
struct SimulatedTimeTests {
    @Test("Instants and durations add up exactly")
    func arithmetic() {
        let instant = SimulatedInstant(nanoseconds: 5_000_000_001)
        #expect(instant + .seconds(2) == SimulatedInstant(nanoseconds: 7_000_000_001))
        #expect(instant - .milliseconds(1) == SimulatedInstant(nanoseconds: 4_999_000_001))
        #expect(instant - SimulatedInstant.start == SimulatedDuration(nanoseconds: 5_000_000_001))
        #expect(SimulatedDuration.microseconds(7) * 3 == SimulatedDuration(nanoseconds: 21_000))
        #expect(SimulatedDuration.seconds(1) / 3 == SimulatedDuration(nanoseconds: 333_333_333))
        #expect(SimulatedInstant.start - instant < SimulatedDuration.zero)
        #expect(instant < .never && SimulatedInstant.start < instant)
    }

    @Test("Advancing stops at never")
    func saturation() {
        let late = SimulatedInstant(nanoseconds: .max - 5)
        #expect(late.advanced(saturatingBy: .seconds(1)) == .never)
        #expect(late.advanced(saturatingBy: SimulatedDuration(nanoseconds: 4)) < .never)
        #expect(SimulatedInstant.never.advanced(saturatingBy: .zero) == .never)
    }

    @Test("Seconds are rounded to the nearest nanosecond, ties to even, and saturate")
    func seconds() {
        #expect(SimulatedDuration(seconds: 0.001).nanoseconds == 1_000_000)
        #expect(SimulatedDuration(seconds: 1.5e-9).nanoseconds == 2)
        #expect(SimulatedDuration(seconds: 2.5e-9).nanoseconds == 2)
        #expect(SimulatedDuration(seconds: -1.5e-9).nanoseconds == -2)
        #expect(SimulatedDuration(seconds: 1e7).nanoseconds == 10_000_000_000_000_000)
        #expect(SimulatedDuration(seconds: 1e300).nanoseconds == .max)
        #expect(SimulatedDuration(seconds: -.infinity).nanoseconds == .min)
        #expect(SimulatedDuration(seconds: .nan).nanoseconds == 0)
        #expect(SimulatedDuration(nanoseconds: 1_500_000_000).seconds == 1.5)
    }
}
