(func $sum-to (param i64 i64 i32) (result i32 i64)
  (local i32 i64 i32 i64 i64)
  block ;; label = @1
    block ;; label = @2
      block ;; label = @3
        block ;; label = @4
          block ;; label = @5
            loop ;; label = @6
              block ;; label = @7
                local.get 0
                i64.const 0
                i64.eq
                i32.eqz
                br_if 0 (;@7;)
                local.get 1
                local.set 6
                i32.const 2
                local.get 6
                return
              end
              local.get 0
              i64.const 1
              i64.sub
              local.tee 6
              local.get 0
              i64.gt_s
              br_if 3 (;@3;)
              local.get 1
              local.get 0
              i64.add
              local.set 7
              local.get 1
              local.get 7
              i64.xor
              local.get 0
              local.get 7
              i64.xor
              i64.and
              i64.const 0
              i64.lt_s
              br_if 1 (;@5;)
              local.get 6
              local.get 7
              local.set 1
              local.set 0
              br 0 (;@6;)
            end
            unreachable
          end
          i32.const 15
          local.set 5
        end
        i32.const 2
        i64.const 9223372036854775807
        i32.const 2
        i64.const 1
        call
        local.set 4
        br 2 (;@1;)
      end
      i32.const 11
      local.set 5
    end
    i32.const 2
    i64.const -9223372036854775808
    i32.const 2
    i64.const 1
    call
    local.set 4
  end
  local.get 4
  local.get 5
  i32.const 1
  i32.sub
  call
  local.tee 4
  i32.const address
  call
  local.set 4
  i32.const 255
  local.get 4
  return
)
