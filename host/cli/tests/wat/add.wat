(func $add (param i32 i64 i32 i64 i32) (result i32 i64)
  (local i32 i64 i32 i64 i64)
  block ;; label = @1
    block ;; label = @2
      block ;; label = @3
        block ;; label = @4
          block ;; label = @5
            block ;; label = @6
              block ;; label = @7
                block ;; label = @8
                  block ;; label = @9
                    local.get 0
                    i32.const 255
                    i32.and
                    i32.const 2
                    i32.eq
                    br_if 0 (;@9;)
                    local.get 0
                    local.get 1
                    i32.const address
                    i32.const address
                    call
                    local.set 6
                    br 5 (;@4;)
                  end
                  block ;; label = @9
                    local.get 2
                    i32.const 255
                    i32.and
                    i32.const 2
                    i32.eq
                    br_if 0 (;@9;)
                    local.get 2
                    local.get 3
                    i32.const address
                    i32.const address
                    call
                    local.set 6
                    br 3 (;@6;)
                  end
                  local.get 1
                  local.get 3
                  i64.add
                  local.set 8
                  local.get 1
                  local.get 8
                  i64.xor
                  local.get 3
                  local.get 8
                  i64.xor
                  i64.and
                  i64.const 0
                  i64.lt_s
                  br_if 0 (;@8;)
                  local.get 8
                  local.set 9
                  i32.const 2
                  local.get 9
                  return
                end
                i32.const 3
                local.set 7
              end
              i32.const 2
              i64.const 9223372036854775807
              i32.const 2
              i64.const 1
              call
              local.set 6
              br 5 (;@1;)
            end
            i32.const 0
            local.set 7
          end
          local.get 2
          local.get 3
          call
          br 3 (;@1;)
        end
        i32.const 0
        local.set 7
      end
      local.get 2
      local.get 3
      call
    end
    local.get 0
    local.get 1
    call
  end
  local.get 7
  if ;; label = @1
    local.get 6
    local.get 7
    i32.const 1
    i32.sub
    call
    local.set 6
  end
  local.get 6
  i32.const address
  call
  local.set 6
  i32.const 255
  local.get 6
  return
)
