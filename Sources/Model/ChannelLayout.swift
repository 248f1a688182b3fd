package import Kernel

/// An ordered pair of processes between which messages may travel in one direction.
package struct Channel: Hashable, Sendable {
    package var source: ServiceID
    package var destination: ServiceID
    /// No message arrives earlier than this after it was sent.
    package var lookahead: SimulatedDuration

    package init(source: ServiceID, destination: ServiceID, lookahead: SimulatedDuration) {
        self.source = source
        self.destination = destination
        self.lookahead = lookahead
    }
}

/// Which processes exchange messages, whatever kind of process they are.
package struct ChannelLayout: Sendable {
    /// By process: everyone it exchanges messages with (itself, if it sends to itself), ascending.
    package let peers: [[ServiceID]]
    /// In ascending order of (source, destination); no channel from a process to itself.
    package let channels: [Channel]

    /// Channels must be in the order of ``channels``, between processes that are peers.
    package init(peers: [[ServiceID]], channels: [Channel]) {
        self.peers = peers
        self.channels = channels
    }

    /// Every process is connected to every other one and to itself. O(`count`²).
    package init(fullyConnected count: Int, lookahead: SimulatedDuration) {
        let all = (0..<count).map { ServiceID($0) }
        peers = Array(repeating: all, count: count)
        channels = all.flatMap { source in
            all.filter { $0 != source }.map {
                Channel(source: source, destination: $0, lookahead: lookahead)
            }
        }
    }

    /// The channel between two processes, by bisection.
    package func channelIndex(from source: ServiceID, to destination: ServiceID) -> Int? {
        var low = 0
        var high = channels.count
        while low < high {
            let middle = (low + high) / 2
            let channel = channels[middle]
            if (channel.source, channel.destination) < (source, destination) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < channels.count, channels[low].source == source,
            channels[low].destination == destination
        else { return nil }
        return low
    }
}
