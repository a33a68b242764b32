# Every target is a command of ./dev, which works without make too. Arguments: make test ARGS="-k hold"
COMMANDS := help run test lint format bench docs migration words screenshots setup lock clean
.PHONY: $(COMMANDS)
$(COMMANDS):
	@./dev $@ $(ARGS)
