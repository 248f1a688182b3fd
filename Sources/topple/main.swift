print("topple")
