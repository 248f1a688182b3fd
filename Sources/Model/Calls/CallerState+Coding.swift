import Kernel

extension CallerState: BinaryCodable {
    func encode(into writer: inout ByteWriter) {
        let (slots, freeSlots) = calls.storage
        writer.writeStates(slots)
        writer.writeStates(freeSlots)
        writer.writeStates(attempts.sortedRecords)
        writer.writeStates(alarms.sortedRecords)
        writer.writeArray(policies)
        writer.writeArray(budgets)
        writer.writeArray(hedges)
        writer.writeArray(latencies)
        writer.writeArray(breakers)
        writer.writeArray(throttles)
        writer.writeArray(pools)
        writer.writeArray(connections)
        writer.writeArray(turns)
        writer.writeArray(views)
        writer.writeArray(viewStarts)
        writer.writeArray(connectionStarts)
        writer.writeArray(connectionCounts)
        writer.writeState(replicas)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        calls = SlotTable(elements: try reader.readStates(), freeSlots: try reader.readStates())
        for record in try reader.readStates(Attempt.self) { attempts.insert(record) }
        for record in try reader.readStates(ManagedAlarm.self) { alarms.insert(record) }
        policies = try reader.readArray()
        budgets = try reader.readArray()
        hedges = try reader.readArray()
        latencies = try reader.readArray()
        breakers = try reader.readArray()
        throttles = try reader.readArray()
        pools = try reader.readArray()
        connections = try reader.readArray()
        turns = try reader.readArray()
        views = try reader.readArray()
        viewStarts = try reader.readArray()
        connectionStarts = try reader.readArray()
        connectionCounts = try reader.readArray()
        replicas = try reader.readState()
    }
}
