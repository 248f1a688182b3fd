import Kernel

extension HostState: BinaryCodable {
    func encode(into writer: inout ByteWriter) {
        writer.writeArray(traits)
        writer.writeAll(pacers.elements)
        paceClock.encode(into: &writer)
        writer.writeAll(lives.elements)
        lifeClock.encode(into: &writer)
        writer.writeArray(probes)
        writer.writeArray(believed)
        writer.writeStates(beliefChanges.unordered)
        writer.writeState(readyCount)
        writer.writeState(readinessNumber)
        writer.writeState(presence)
        writer.writeStates(orders.unordered)
        writer.writeState(orderNumber)
        writer.writeAll(buffers.elements)
        writer.writeState(lostCompletions)
        writer.writeAll(lines.elements)
        waitTimers.encode(into: &writer)
        writer.writeStates(clocks.sortedRecords)
        clockAlarms.encode(into: &writer)
        writer.writeArray(controlledDelays)
        writer.writeArray(buckets)
        writer.writeStates(held.unordered)
        writer.writeArray(heldCounts)
        writer.writeArray(meters)
        writer.writeArray(limits)
        writer.writeArray(collectors)
        writer.writeStates(begun.sortedRecords)
        timeline.encode(into: &writer)
        effects.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        traits = try reader.readArray()
        pacers = FixedArray(try reader.readAll(Pacer.self))
        paceClock = try ReplicaClock(from: &reader)
        lives = TrivialArray(try reader.readAll(ReplicaLife.self))
        lifeClock = try ReplicaClock(from: &reader)
        probes = try reader.readArray()
        believed = try reader.readArray()
        beliefChanges = EventQueue(unordered: try reader.readStates())
        readyCount = try reader.readState()
        readinessNumber = try reader.readState()
        presence = try reader.readState()
        orders = EventQueue(unordered: try reader.readStates())
        orderNumber = try reader.readState()
        buffers = FixedArray(try reader.readAll(WaitingLine<LineElement>.self))
        lostCompletions = try reader.readState()
        lines = FixedArray(try reader.readAll(WaitingLine<LineElement>.self))
        waitTimers = try TimerQueue(from: &reader)
        for record in try reader.readStates(RequestClock.self) { clocks.insert(record) }
        clockAlarms = try TimerQueue(from: &reader)
        controlledDelays = try reader.readArray()
        buckets = try reader.readArray()
        held = EventQueue(unordered: try reader.readStates())
        heldCounts = try reader.readArray()
        meters = try reader.readArray()
        limits = try reader.readArray()
        collectors = try reader.readArray()
        for record in try reader.readStates(BegunCall.self) { begun.insert(record) }
        timeline = try FaultTimeline(from: &reader)
        effects = try FaultEffects(from: &reader)
    }
}

extension LineElement: BinaryCodable {
    func encode(into writer: inout ByteWriter) { writer.writeState(self) }
    init(from reader: inout ByteReader) throws(ByteError) { self = try reader.readState() }
}
