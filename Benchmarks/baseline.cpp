// What a plain program does on the models that Topple's engine is measured with: one process, one
// binary heap of all pending events, no features. A speed to compare with, in the same sitting.
//
//   g++ -O3 -o baseline Benchmarks/baseline.cpp
//   ./baseline tree DEPTH FAN_OUT CORES REQUESTS_PER_S SECONDS
//   ./baseline phold PROCESSES POPULATION LOOKAHEAD MEAN UNITS
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <queue>
#include <vector>

struct Event {
    double time;
    uint64_t request;
    uint32_t place;
    uint32_t kind;
    bool operator>(const Event &other) const {
        return time != other.time ? time > other.time : request > other.request;
    }
};
using Heap = std::priority_queue<Event, std::vector<Event>, std::greater<Event>>;

static uint64_t state = 1;
static uint64_t next_bits() {
    uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}
static double exponential(double mean) {
    return -mean * std::log(((next_bits() >> 11) + 0.5) / 9007199254740992.0);
}

enum { arrive, computed, requested, answered };

struct Station {
    int parent = -1, first_child = -1, children = 0, free_cores = 0;
    std::deque<uint64_t> waiting;
};

static uint64_t run_tree(int depth, int fan_out, int cores, double rate, double end) {
    const double latency = 0.0005, mean = 0.010;
    std::vector<Station> stations(1);
    size_t level = 0;
    for (int d = 1; d < depth; d++) {
        size_t until = stations.size();
        for (size_t parent = level; parent < until; parent++) {
            stations[parent].first_child = (int)stations.size();
            stations[parent].children = fan_out;
            for (int child = 0; child < fan_out; child++) {
                Station station;
                station.parent = (int)parent;
                stations.push_back(station);
            }
        }
        level = until;
    }
    for (auto &station : stations) station.free_cores = cores;
    Heap heap;
    heap.push({exponential(1 / rate), 0, 0, arrive});
    uint64_t events = 0, requests = 0;
    auto begin = [&](uint32_t place, uint64_t request, double now) {
        Station &station = stations[place];
        if (station.free_cores == 0) return station.waiting.push_back(request);
        station.free_cores--;
        heap.push({now + exponential(mean), request, place, computed});
    };
    auto answer = [&](uint32_t place, uint64_t request, double now) {
        if (stations[place].parent >= 0)
            heap.push({now + latency, request, (uint32_t)stations[place].parent, answered});
    };
    while (heap.top().time < end) {
        Event event = heap.top();
        heap.pop();
        events++;
        Station &station = stations[event.place];
        switch (event.kind) {
        case arrive:
            begin(0, requests++, event.time);
            heap.push({event.time + exponential(1 / rate), 0, 0, arrive});
            break;
        case computed:
            station.free_cores++;
            if (!station.waiting.empty()) {
                uint64_t next = station.waiting.front();
                station.waiting.pop_front();
                begin(event.place, next, event.time);
            }
            if (station.children == 0)
                answer(event.place, event.request, event.time);
            else
                heap.push({event.time + latency, event.request,
                           (uint32_t)(station.first_child + next_bits() % station.children), requested});
            break;
        case requested: begin(event.place, event.request, event.time); break;
        case answered: answer(event.place, event.request, event.time); break;
        }
    }
    return events;
}

static uint64_t run_phold(int processes, int population, double lookahead, double mean, double end) {
    Heap heap;
    uint64_t events = 0;
    for (int i = 0; i < processes * population; i++)
        heap.push({lookahead + exponential(mean), (uint64_t)i, (uint32_t)(i % processes), 0});
    while (heap.top().time < end) {
        Event event = heap.top();
        heap.pop();
        events++;
        heap.push({event.time + lookahead + exponential(mean), event.request,
                   (uint32_t)(next_bits() % processes), 0});
    }
    return events;
}

int main(int count, char **words) {
    bool is_tree = count == 7 && !std::strcmp(words[1], "tree");
    bool is_phold = count == 7 && !std::strcmp(words[1], "phold");
    if (!is_tree && !is_phold) {
        std::fprintf(stderr, "usage: baseline tree DEPTH FAN_OUT CORES REQUESTS_PER_S SECONDS\n"
                             "       baseline phold PROCESSES POPULATION LOOKAHEAD MEAN UNITS\n");
        return 64;
    }
    auto start = std::chrono::steady_clock::now();
    uint64_t events =
        is_tree ? run_tree(atoi(words[2]), atoi(words[3]), atoi(words[4]), atof(words[5]), atof(words[6]))
                : run_phold(atoi(words[2]), atoi(words[3]), atof(words[4]), atof(words[5]), atof(words[6]));
    double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("baseline %s: %lu events in %.3f s, %.2f M events/s\n", words[1], events, wall,
                events / wall / 1e6);
}
