import Kernel

/// A caller's replica's pool of places (a bulkhead) or connections to one callee.
struct PoolState: BitwiseCopyable, Sendable {
    /// Places in use.
    var used: Int32 = 0
    /// Connections made and idle, from the one given back longest ago to the latest; indices into the
    /// pool's connections.
    var idleHead: Int32 = -1
    var idleTail: Int32 = -1
    /// Connections that have ever had a place in the pool's storage.
    var made: Int32 = 0
    /// Storage of closed connections, to use again.
    var freed: Int32 = -1
    /// Managed calls that wait for a place, and how many of them have not gone.
    var waitHead: Int32 = -1
    var waitTail: Int32 = -1
    var waiting: Int32 = 0
}

/// A connection of a pool.
struct Connection: BitwiseCopyable, Sendable {
    var before: Int32 = -1
    var after: Int32 = -1
    /// When it was given back last.
    var idleSince = SimulatedInstant.start
    /// The callee's replica that it leads to, plus one.
    var replica: UInt16 = 0
}

extension PoolState {
    /// Takes an idle connection, or storage for a new one; `isNew` says which.
    mutating func takeConnection(
        _ pool: ServiceProgram.Policy.Pool, _ own: UnsafeMutableBufferPointer<Connection>,
        at now: SimulatedInstant
    ) -> (connection: Int32, isNew: Bool) {
        if let idle = pool.idle {
            while idleHead >= 0, now - own[Int(idleHead)].idleSince >= idle {
                close(idleHead, own)
            }
        }
        let found = pool.order == .mostRecent ? idleTail : idleHead
        if found >= 0 {
            unlink(found, own)
            return (found, false)
        }
        if freed >= 0 {
            let place = freed
            freed = own[Int(place)].after
            own[Int(place)] = Connection()
            return (place, true)
        }
        made += 1
        own[Int(made - 1)] = Connection()
        return (made - 1, true)
    }

    /// Gives a connection back.
    mutating func giveBack(
        _ connection: Int32, _ own: UnsafeMutableBufferPointer<Connection>, at now: SimulatedInstant
    ) {
        own[Int(connection)].idleSince = now
        own[Int(connection)].before = idleTail
        own[Int(connection)].after = -1
        if idleTail >= 0 { own[Int(idleTail)].after = connection } else { idleHead = connection }
        idleTail = connection
    }

    private mutating func close(_ connection: Int32, _ own: UnsafeMutableBufferPointer<Connection>)
    {
        unlink(connection, own)
        own[Int(connection)].after = freed
        freed = connection
    }

    private mutating func unlink(_ connection: Int32, _ own: UnsafeMutableBufferPointer<Connection>)
    {
        let (before, after) = (own[Int(connection)].before, own[Int(connection)].after)
        if before >= 0 { own[Int(before)].after = after } else { idleHead = after }
        if after >= 0 { own[Int(after)].before = before } else { idleTail = before }
    }
}
